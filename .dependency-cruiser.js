/**
 * Which folder may import which: data flows one way, and so do imports. `npm run arrows` fails on any other import.
 * Tests may import whatever helps them; what ships imports no test.
 */

/** Each folder with its sentence and the folders that it may import besides itself. */
const FOLDERS = {
  text: ['what text may be where it crosses a border, and how it becomes a word of a shell', []],
  plan: ['phases, the position in a plan, the sides and ends of a migration', []],
  manifests: ['any Kubernetes object: read, compare fields, the layout of dist/', []],
  imports: ['types and schemas of custom resources, generated', []],
  rules: ['what istiod and the API server refuse of an object, beyond its schema', ['imports', 'manifests']],
  config: ['what users write: read, checked, filled in', ['plan', 'imports', 'manifests', 'rules']],
  metrics: ['what Prometheus is asked about a migration', ['config', 'plan']],
  constructs: [
    'cdk8s constructs: one object a file, layers, a phase',
    ['metrics', 'config', 'plan', 'imports', 'manifests'],
  ],
  output: [
    'phases to files, files to dist/, whole or not at all',
    ['constructs', 'metrics', 'config', 'plan', 'imports', 'manifests'],
  ],
  verify: [
    'checks of manifests, and of the order in which they arrive',
    ['manifests', 'imports', 'rules', 'config', 'plan'],
  ],
  operate: [
    'a migration under way: gate, discover, report, promote',
    ['verify', 'output', 'constructs', 'metrics', 'config', 'plan', 'imports', 'manifests'],
  ],
  page: [
    'the page that people look at: HTML and SVG',
    ['operate', 'verify', 'output', 'constructs', 'metrics', 'config', 'plan', 'imports', 'manifests'],
  ],
  cli: [
    'commands: options, printing, exit codes',
    [
      'page',
      'operate',
      'verify',
      'output',
      'constructs',
      'metrics',
      'config',
      'plan',
      'imports',
      'manifests',
      'agent/build',
    ],
  ],
  bin: ['starts the program, and the plugin of cdk8s', ['verify', 'cli']],
};

/** Folders within a folder whose arrows are held too. */
const ROOMS = {
  'operate/gate': ['decides whether a migration may move on, from metrics and the cluster', []],
  'operate/discover': ['reads the facts of a mesh from a cluster', []],
  'operate/check': ['walks the path of a request, and says where it ends', ['gate']],
  'operate/adopt': ['makes a migration of a host that is routed already', []],
  'operate/topology': ['who calls a service and who answers, as a graph', ['gate']],
  'operate/report': [
    'says in words what a change or a move does; neither a gate nor a move knows these words',
    ['gate', 'promote'],
  ],
  'operate/promote': ['moves a migration in git; it does not know Markdown', ['gate']],
  'agent/machine': ['files, units and packages of the machine, without the cluster', []],
  'agent/kubernetes': ['a small client of the API server, without the machine', []],
  'agent/join': ['brings the machine into the mesh', ['kubernetes', 'machine']],
  'agent/stay': ['keeps it there', ['join', 'kubernetes', 'machine']],
  'agent/survey': ['what runs on the machine, before it is in the mesh', ['machine']],
  'agent/commands': ['the commands of the agent', ['survey', 'stay', 'join', 'kubernetes', 'machine']],
  'agent/build': ['builds the program and its packages; none of it is in the program', ['join']],
};

/** Tests, and what only tests use. */
const TESTS = String.raw`\.test\.ts$|fixture\.ts$|(^|/)testing(/|\.ts$)|^test/`;

const folderRules = Object.entries(FOLDERS).map(([folder, [what, below]]) => ({
  name: `${folder}-imports`,
  comment: `${folder}/ has ${what}. It imports text/${below.map((name) => `, ${name}/`).join('')} and no other folder.`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: TESTS },
  to: {
    dependencyTypes: ['local'],
    pathNot: [`^(${[folder, 'text', ...below].join('|')})/`, String.raw`^package\.json$`],
  },
}));

const roomRules = Object.entries(ROOMS).map(([room, [what, below]]) => {
  const [folder, name] = room.split('/');
  return {
    name: `${folder}-${name}-imports`,
    comment: `${room}/ ${what}. Of ${folder}/ it imports ${below.length > 0 ? `${below.join(', ')} alone` : 'no other folder'}.`,
    severity: 'error',
    from: { path: `^${room}/`, pathNot: TESTS },
    to: { path: `^${folder}/[^/]+/`, pathNot: `^${folder}/(${[name, ...below].join('|')})/` },
  };
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folderRules,
    ...roomRules,
    {
      name: 'agent-imports',
      comment: 'The agent is a program of its own: not even its tests import anything of the rest but text/.',
      severity: 'error',
      from: { path: '^agent/' },
      to: { dependencyTypes: ['local'], pathNot: String.raw`^(agent|text)/|^package\.json$` },
    },
    {
      name: 'library-and-app',
      comment: 'index.ts is the library, main.ts the app of this repository. Neither operates on migrations.',
      severity: 'error',
      from: { path: String.raw`^(index|main)\.ts$` },
      to: { dependencyTypes: ['local'], pathNot: '^(config|plan|constructs|output)/' },
    },
    {
      name: 'no-test-ships',
      comment: 'What ships imports no test, and nothing made for tests.',
      severity: 'error',
      from: { pathNot: [TESTS, '^hack/'] },
      to: { path: TESTS },
    },
    {
      name: 'no-scripts',
      comment: 'hack/ may import anything; nothing but hack/ and tests imports it.',
      severity: 'error',
      from: { pathNot: ['^hack/', TESTS] },
      to: { path: '^hack/' },
    },
    {
      name: 'no-cycle',
      comment: 'Of two files that import each other, neither can be read or changed alone. Types may.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolved',
      comment: 'An import that leads nowhere hides from every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(cdk8s-cli/plugins|meshferry)$' },
    },
  ],
  options: {
    exclude: '^(lib|dist)/|^hack/site/(?!main|site-page)',
    doNotFollow: { path: 'node_modules' },
    // Types count: who imports a type of a folder needs to know that folder.
    tsPreCompilationDeps: true,
    // A package may say which of its files is which name.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
