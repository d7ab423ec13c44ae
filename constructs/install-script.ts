import { createHash } from 'node:crypto';

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
   * @default - Istio's own downloads, of the mesh's version
   */
  readonly package?: { readonly url?: string; readonly version?: string; readonly sha256?: string };
}

/**
 * The script that installs the agent on a machine: fetches the program from where the script came from, verifies it
 * against the checksum that the script holds, and tells the agent where the API server is.
 */
export function installScript(props: InstallScriptProps): string {
  const { url, version, sha256 } = props.package ?? {};
  const options = [...(version ? ['--version', version] : []), ...(sha256 ? ['--sha256', sha256] : [])];
  const setPackage =
    url || options.length > 0
      ? `meshferry-agent set package ${[...(url ? [quoted(url)] : []), ...options.map(quoted)].join(' ')}\n`
      : '';
  return `#!/bin/bash
# Installs meshferry-agent. FROM is where this script came from: http(s)://<ingress>/get
set -euo pipefail
FROM=\${FROM:?say where from: FROM=http://<ingress>/get}
[ "$(id -u)" = 0 ] || { echo '✖ this installs a program, and you are not root → run it with sudo' >&2; exit 4; }
case $(uname -m) in
  x86_64) architecture=x64 sum=${props.checksums.x64} ;;
  aarch64) architecture=arm64 sum=${props.checksums.arm64} ;;
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
cat > "$folder/ca.pem" <<'CA'
${props.apiServerCa.trim()}
CA
meshferry-agent set api-server ${quoted(props.apiServer)} --ca "$folder/ca.pem"
${setPackage}echo "✓ meshferry-agent $(meshferry-agent --version) is installed"
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
  return `f=$(mktemp) && curl -fsSL ${from}/meshferry-agent -o $f && echo "${sum}  $f" | sha256sum -c --quiet && sudo FROM=${from} bash $f`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
