import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type Paths, pathsUnder } from '../paths';
import { type TestMesh, tokenOf } from './test-mesh';

/** Keeps the state of units in files, as far as the agent asks for it. */
const SYSTEMCTL = `
last=; for each; do last=$each; done
case $1 in
  is-system-running) echo running ;;
  --version) echo 'systemd 252 (252.1)' ;;
  is-active) [ -e "$STATE/$last.active" ] && { [ "$2" = --quiet ] || echo active; exit 0; }; [ "$2" = --quiet ] || echo inactive; exit 3 ;;
  is-enabled) [ -e "$STATE/$last.enabled" ] ;;
  start|restart) [ ! -e "$STATE/$last.broken" ] && touch "$STATE/$last.active" ;;
  stop) [ ! -e "$STATE/$last.stuck" ] || { rm "$STATE/$last.stuck"; exit 1; }; rm -f "$STATE/$last.active" ;;
  enable) touch "$STATE/$last.enabled" ;;
  disable) rm -f "$STATE/$last.enabled" ;;
esac`;

/** Keeps the rule against istiod, as often as it was inserted; knows Istio's own chain while Istio runs. */
const IPTABLES = `
rules="$STATE/$(basename "$0").rules"
case "$*" in
  --version) echo 'iptables v1.8.9 (nf_tables)' ;;
  '-w 5 -I OUTPUT '*) echo "$*" >> "$rules" ;;
  '-w 5 -D OUTPUT '*) [ -s "$rules" ] || exit 1; sed -i 1d "$rules" ;;
  *'-S PREROUTING') [ -e "$STATE/no-capture" ] || echo '-A PREROUTING -p tcp -j ISTIO_INBOUND' ;;
  *'-S ISTIO_INBOUND') [ -e "$STATE/istio.active" ] && { cat "$STATE/captured" 2> /dev/null || echo '-A ISTIO_INBOUND -p tcp --dport 8080 -j ISTIO_IN_REDIRECT'; } ;;
  *'-t nat -S') cat "$STATE/nat" 2> /dev/null || true ;;
esac`;

/** Prints the sockets that a test wrote down; destroys those to istiod where the kernel can. */
const SS = `
case "$*" in
  *'-l -t -n -p') cat "$STATE/listening" ;;
  *'sport = :15006') cat "$STATE/inbound" ;;
  *-K*syn-sent*) ;;
  *-K*) [ -e "$STATE/kernel-cannot-destroy" ] || cat "$STATE/to-istiod" ;;
  *'dport = :15012') cat "$STATE/to-istiod" ;;
  *'-p state established') cat "$STATE/established" ;;
esac 2> /dev/null
exit 0`;

const PROGRAMS: Readonly<Record<string, string>> = {
  systemctl: SYSTEMCTL,
  iptables: IPTABLES,
  ip6tables: IPTABLES,
  'iptables-legacy': 'exit 1',
  'iptables-nft': 'exit 1',
  ss: SS,
  'dpkg-query': 'cat "$STATE/installed" 2> /dev/null',
  dpkg: 'exit 0',
  'apt-get': 'exit 0',
  chown: 'exit 0',
  // The user istio-proxy is the one who runs the test, who may give files to nobody else.
  id: '[ ! -e "$STATE/no-istio-proxy" ] && /usr/bin/id "$1"',
  ip: 'exit 0',
  sudo: 'exit 0',
};

/**
 * A machine for a test: the agent's files below a folder, and programs that no test can have for real (systemd, the
 * kernel's sockets and packet filter, the package manager), each a shell script that keeps its state in files and
 * writes down how it was called. Everything else is real.
 */
export class TestMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'meshferry-test-machine-'));
  readonly paths: Paths = pathsUnder(this.root);
  private readonly programs = join(this.root, 'programs');
  private readonly stateFolder = join(this.root, 'state');
  private readonly pathBefore = process.env.PATH;
  private seen = 0;
  private readonly reactions: [RegExp, () => void][] = [];
  private readonly poll: NodeJS.Timeout;

  constructor(mesh: TestMesh) {
    for (const folder of [this.programs, this.stateFolder, join(this.root, 'var')]) mkdirSync(folder);
    for (const [name, script] of Object.entries(PROGRAMS)) {
      writeFileSync(
        join(this.programs, name),
        `#!/bin/sh\nSTATE='${this.stateFolder}' CALL="$(basename "$0") $*"\ntrap 'echo "$CALL" >> "$STATE/calls"' EXIT\n${script}\n`,
        { mode: 0o755 },
      );
    }
    process.env.PATH = `${this.programs}:${this.pathBefore}`;
    this.write(this.paths.osRelease, 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
    this.write(this.paths.hosts, '127.0.0.1 localhost\n');
    this.write(join(this.paths.systemd, 'kept'), '');
    this.configure(mesh);
    this.write(this.paths.apiServerCa, mesh.ca);
    this.setToken(tokenOf('analytics-v0-agent', Date.now(), 30 * 86_400));
    this.set('installed', 'installed 1.22.3');
    // A clock of its own, which no fake timer of a test holds.
    this.poll = setInterval(() => this.react(), 5);
  }

  /** Writes the agent's configuration. */
  configure(mesh: TestMesh, more: object = {}): void {
    const config = {
      workloadGroup: { namespace: 'smm-demo', name: 'analytics-v0' },
      apiServer: { url: mesh.url },
      mesh: { istiodAddress: '127.0.0.1' },
      metricsPort: 0,
      ...more,
    };
    this.write(this.paths.config, stringify(config));
  }

  setToken(token: string): void {
    this.write(this.paths.bearerToken, token, 0o600);
  }

  /** Makes the machine one on which Istio runs, and so does the agent. */
  startUnits(...units: readonly string[]): void {
    for (const unit of units) {
      this.set(`${unit}.active`);
      this.set(`${unit}.enabled`);
    }
  }

  /** Sets something that the programs read, e.g. `istio.active`, `to-istiod`, `inbound`. */
  set(what: string, text = ''): void {
    writeFileSync(join(this.stateFolder, what), text);
  }

  unset(what: string): void {
    rmSync(join(this.stateFolder, what), { force: true });
  }

  isSet(what: string): boolean {
    return existsSync(join(this.stateFolder, what));
  }

  /** How often the machine is kept away from istiod at this moment. */
  get rulesAgainstIstiod(): number {
    const rules = ['iptables', 'ip6tables'].map((name) => join(this.stateFolder, `${name}.rules`));
    return rules.flatMap((file) => (existsSync(file) ? (readFileSync(file, 'utf8').match(/\n/g) ?? []) : []))
      .length;
  }

  /** Each call of a program so far, `<program> <arguments>`. */
  get calls(): string[] {
    const file = join(this.stateFolder, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Calls that change something. */
  get changes(): string[] {
    return this.calls.filter((call) =>
      /^systemctl (re|dis|en)?(start|stop|able|kill)|^ss .*-K|^ip6?tables .* -[IDA] |^systemctl kill/.test(
        call,
      ),
    );
  }

  /** Has something happen shortly after a program was called. */
  when(call: RegExp, react: () => void): void {
    this.reactions.push([call, react]);
  }

  remove(): void {
    clearInterval(this.poll);
    process.env.PATH = this.pathBefore;
    rmSync(this.root, { recursive: true, force: true });
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
  }

  /** Writes a line to a log of Istio. */
  log(name: string, text: string): void {
    mkdirSync(this.paths.istio.logs, { recursive: true });
    appendFileSync(join(this.paths.istio.logs, name), `${text}\n`);
  }

  private react(): void {
    const { calls } = this;
    for (const call of calls.slice(this.seen)) {
      for (const [pattern, react] of this.reactions) if (pattern.test(call)) react();
    }
    this.seen = calls.length;
  }
}
