import { createHash } from 'node:crypto';
import { shellQuoted, shellWord } from '../text/shell';

/** What an installation of the agent is made from. */
export interface InstallProps {
  /** SHA-256 of the packed program (`meshferry-agent-linux-<architecture>.gz`), by architecture; lib/agent/SHA256SUMS has them. */
  readonly checksums: Readonly<Record<'x64' | 'arm64', string>>;
  /**
   * Where the sidecar's package is, and its checksum.
   *
   * @default - Istio's own downloads, of the mesh's version; each machine has to be told the checksum
   */
  readonly package?: SidecarPackage;
}

/** What the install script is made from. */
export interface InstallScriptProps extends InstallProps {
  /** API server as machines reach it: `https://<host>[:<port>]` */
  readonly apiServer: string;
  /** Certificate of its authority, PEM. */
  readonly apiServerCa: string;
}

/** What the line that needs no script is made from. */
export interface DownloadLineProps extends InstallProps {
  /** Folder that holds the packed programs: `https://<host>/<path>` */
  readonly url: string;
  /**
   * API server as machines reach it: `https://<host>[:<port>]`
   *
   * @default - each machine is told by `meshferry-agent set api-server`
   */
  readonly apiServer?: string;
  /** Certificate of its authority, PEM; goes with `apiServer`. */
  readonly apiServerCa?: string;
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
${props.package ? `${setPackage(props.package)}\n` : ''}echo "✓ meshferry-agent $(meshferry-agent --version) is installed"
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

/**
 * The line that a person pastes where a folder serves the programs alone. It holds their checksums, so that the folder
 * need not be trusted.
 */
export function downloadLine({
  url,
  checksums,
  apiServer,
  apiServerCa,
  package: sidecar,
}: DownloadLineProps): string {
  const program = shellWord(`${url.replace(/\/$/, '')}/meshferry-agent-linux-`);
  const of = (machine: string, architecture: 'x64' | 'arm64') =>
    `${machine}) a=${architecture} s=${shellWord(checksums[architecture])};;`;
  return [
    'f=$(mktemp -d)/agent',
    `case $(uname -m) in ${of('x86_64', 'x64')} ${of('aarch64', 'arm64')} *) false;; esac`,
    `curl -fsSL ${program}"$a.gz" -o "$f.gz"`,
    'echo "$s  $f.gz" | sha256sum -c --quiet',
    'gunzip "$f.gz"',
    'sudo install -m 0755 "$f" /usr/local/bin/meshferry-agent',
    ...(apiServer !== undefined && apiServerCa !== undefined ? [setApiServer(apiServer, apiServerCa)] : []),
    ...(sidecar ? [`sudo ${setPackage(sidecar)}`] : []),
  ].join(' && ');
}

/** On one line: a certificate's lines are words of printf. */
function setApiServer(apiServer: string, ca: string): string {
  const lines = ca.trim().split('\n').map(shellQuoted).join(' ');
  return `printf '%s\\n' ${lines} | sudo meshferry-agent set api-server ${shellWord(apiServer)} --ca -`;
}

function setPackage(sidecar: SidecarPackage): string {
  const { url, version, sha256, plainHttp } = sidecar;
  const words = [
    ...['meshferry-agent', 'set', 'package'],
    ...(url ? [url] : []),
    ...(version ? ['--version', version] : []),
    ...[sha256].flat().flatMap((sum) => ['--sha256', sum]),
    ...(plainHttp ? ['--plain-http'] : []),
  ];
  return words.map(shellWord).join(' ');
}
