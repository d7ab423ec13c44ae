/**
 * What tests, checks and end-to-end scenarios need of the system, besides Node.js and what the lab builds for itself:
 * the one list. Plain JavaScript, since it is read before anything is installed.
 *
 *     node test/system.js             says what is missing, and exits with 1 where something is
 *     node test/system.js --install   as root on Debian, installs that first
 *     node test/system.js git jq      the same for these names alone, with --install too
 */
const { spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/**
 * By name: Debian's package, and what the tests use it for. `file` is looked for in place of a program of that name.
 *
 * @type {Readonly<Record<string, { package: string, for: string, file?: string }>>}
 */
const SYSTEM = {
  git: { package: 'git', for: 'repositories of migrations' },
  jq: { package: 'jq', for: 'the scripts of the walk-through' },
  ssh: { package: 'openssh-client', for: 'the walk-through over ssh, and signatures' },
  shellcheck: { package: 'shellcheck', for: 'the check of the shell scripts' },
  python3: { package: 'python3', for: 'the programs of the app image' },
  prometheus: { package: 'prometheus', for: 'gates' },
  promtool: { package: 'prometheus', for: 'queries and metrics' },
  chromium: { package: 'chromium', for: 'the page and the dashboard in a browser' },
  rpm: { package: 'rpm', for: 'the machine that takes rpm packages' },
  rpmbuild: { package: 'rpm', for: 'packages for that machine' },
  go: { package: 'golang-go', for: 'the packager of the agent' },
  fish: { package: 'fish', for: 'completion' },
  zsh: { package: 'zsh', for: 'completion' },
  busybox: { package: 'busybox-static', for: 'the image that serves the agent, end to end' },
  'redis-server': { package: 'redis-server', for: 'Argo CD, end to end' },
  faketime: {
    package: 'libfaketime',
    for: 'clocks that are wrong, end to end',
    file: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  },
};

/**
 * Names of SYSTEM, `mounts` or `root`, that are not there.
 *
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function missing(names = Object.keys(SYSTEM)) {
  return names.filter((name) => {
    if (name === 'mounts') return !mayMount();
    if (name === 'root') return process.getuid?.() !== 0;
    const need = SYSTEM[name];
    if (!need) throw new Error(`${name} is not declared in test/system.js`);
    return need.file ? !existsSync(need.file) : !isOnPath(name);
  });
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether this user can mount file systems in a namespace of its own, as root can outside most containers. */
function mayMount() {
  return spawnSync('unshare', ['--mount', 'mount', '--make-rprivate', '/']).status === 0;
}

/** What a person does about it. */
function remedy(names) {
  const packages = [...new Set(names.flatMap((name) => SYSTEM[name]?.package ?? []))];
  const install =
    packages.length > 0 ? [`apt-get install --no-install-recommends ${packages.join(' ')}`] : [];
  return [
    ...install,
    ...(names.some((name) => name === 'mounts' || name === 'root') ? ['run as root'] : []),
  ].join('; ');
}

module.exports = { SYSTEM, missing, remedy };

if (require.main === module) {
  const [options, names] = [[], []];
  for (const argument of process.argv.slice(2)) (argument.startsWith('--') ? options : names).push(argument);
  const wanted = names.length > 0 ? names : undefined;
  const lacking = missing(wanted);
  if (options.includes('--install') && process.getuid?.() === 0 && lacking.length > 0) {
    const packages = [...new Set(lacking.map((name) => SYSTEM[name].package))];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    ])
      spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const left = missing(wanted);
  for (const name of left) console.error(`✖ ${name} is missing: ${SYSTEM[name].for} (${remedy([name])})`);
  process.exitCode = left.length > 0 ? 1 : 0;
}
