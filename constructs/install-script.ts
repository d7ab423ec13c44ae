import { createHash } from 'node:crypto';
import { shellQuoted, shellWord } from '../text/shell';

/** What the install script is made from. */
export interface InstallScriptProps {
  /** API server as machines reach it: `https://<host>[:<port>]` */
  readonly apiServer: string;
  /** Certificate of its authority, PEM. */
  readonly apiServerCa: string;
  /** SHA-256 of the packed program (`meshferry-agent-linux-<architecture>.gz`), by architecture; lib/agent/SHA256SUMS has them. */
  readonly checksums: Readonly<Record<'x64' | 'arm64', string>>;
  /**
   * Where the sidecar's package is, and its checksum.
   *
   * @default - Istio's own downloads, of the mesh's version; each machine has to be told the checksum
   */
  readonly package?: SidecarPackage;
}

/** Istio's sidecar package, as machines get it. */
export interface SidecarPackage {
  /**
   * Address; `{version}`, `{arch}` and `{type}` are filled in.
   *
   * @default - Istio's own downloads
   */
  readonly url?: string;
  /**
   * Version of Istio.
   *
   * @default - that of the mesh
   */
  readonly version?: string;
  /** SHA-256 in hexadecimal, or several where machines differ in architecture or distribution. */
  readonly sha256: string | readonly string[];
  /**
   * Whether it may come by http.
   *
   * @default false
   */
  readonly plainHttp?: boolean;
}

/**
 * The script that installs the agent on a machine: fetches the program from where the script came from, verifies it
 * against the checksum that the script holds, and tells the agent where the API server is.
 */
export function installScript(props: InstallScriptProps): string {
  const { checksums, apiServer, apiServerCa } = props;
  return `#!/bin/bash
# Installs meshferry-agent. FROM is where this script came from: http(s)://<ingress>/get
set -euo pipefail
FROM=\${FROM:?say where from: FROM=http://<ingress>/get}
[ "$(id -u)" = 0 ] || { echo '✖ this installs a program, and you are not root → run it with sudo' >&2; exit 4; }
case $(uname -m) in
  x86_64) architecture=x64 sum=${shellWord(checksums.x64)} ;;
  aarch64) architecture=arm64 sum=${shellWord(checksums.arm64)} ;;
  *) echo "✖ there is no agent for $(uname -m) → use an x86-64 or an arm64 machine" >&2; exit 21 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! curl -fsSL --retry 3 -o "$folder/agent.gz" "$FROM/meshferry-agent-linux-$architecture.gz"; then
  echo "✖ $FROM does not give the agent → check the address and the ingress" >&2
  exit 30
fi
if ! echo "$sum  $folder/agent.gz" | sha256sum --check --status; then
  echo "✖ what $FROM gives is not the agent that git promises → do not use it; see who changed it" >&2
  exit 31
fi
gunzip "$folder/agent.gz"
install -m 0755 "$folder/agent" /usr/local/bin/meshferry-agent
printf '%s\\n' ${shellQuoted(apiServerCa.trim())} > "$folder/ca.pem"
meshferry-agent set api-server ${shellWord(apiServer)} --ca "$folder/ca.pem"
${setPackage(props.package)}echo "✓ meshferry-agent $(meshferry-agent --version) is installed"
echo '  next: meshferry-agent set workload-group <namespace> <name>'
`;
}

/**
 * The line that a person pastes on the machine: it runs the script only if it is the one that git holds.
 *
 * @param from where the script is served: `http(s)://<ingress>/get`
 */
export function installLine(from: string, script: string): string {
  const sum = createHash('sha256').update(script).digest('hex');
  const address = shellWord(`${from}/meshferry-agent`);
  return `f=$(mktemp) && curl -fsSL ${address} -o "$f" && echo "${sum}  $f" | sha256sum -c --quiet && sudo FROM=${shellWord(from)} bash "$f"`;
}

function setPackage(sidecar: SidecarPackage | undefined): string {
  if (!sidecar) return '';
  const { url, version, sha256, plainHttp } = sidecar;
  const words = [
    ...['meshferry-agent', 'set', 'package'],
    ...(url ? [url] : []),
    ...(version ? ['--version', version] : []),
    ...[sha256].flat().flatMap((sum) => ['--sha256', sum]),
    ...(plainHttp ? ['--plain-http'] : []),
  ];
  return `${words.map(shellWord).join(' ')}\n`;
}
