const { spawnSync } = require('node:child_process');

const answers = (program) => spawnSync(program, ['--version']).status === 0;

/** Tests of what talks to a real program need that program: without it they are left out, and that is said. */
const NEEDS = [
  [
    'prometheus is not installed',
    answers('prometheus'),
    ['operate/gate/judge.test.ts', 'operate/gate/queries.test.ts'],
  ],
  ['promtool is not installed', answers('promtool'), ['agent/stay/metrics.test.ts']],
  ['python3 is not installed', answers('python3'), ['hack/lab/image/programs.test.ts']],
  ['rpm is not installed', answers('rpm') && answers('rpmbuild'), ['agent/machine/rpm.test.ts']],
  [
    'file systems can only be mounted by root',
    spawnSync('unshare', ['--mount', 'mount', '--make-rprivate', '/']).status === 0,
    ['agent/machine/rpm.test.ts'],
  ],
];
const leftOut = NEEDS.flatMap(([why, isMet, tests]) => {
  if (isMet) return [];
  process.stderr.write(`NOT RUN, since ${why}: ${tests.join(', ')}\n`);
  return tests.map((test) => `<rootDir>/${test.replaceAll('.', '\\.')}$`);
});

// swc strips the types and turns the few ESM-only libraries into CommonJS; types are checked by `npm run typecheck`.
module.exports = {
  // Many run programs, git or a compiler, dozens of times, and the machine may be busy; what hangs is to end some day.
  testTimeout: 180_000,
  setupFilesAfterEnv: ['<rootDir>/test/match-file.ts'],
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/lib/', '<rootDir>/dist/', ...leftOut],
  modulePathIgnorePatterns: ['<rootDir>/lib/'],
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // It names no file for `require`, which is what an import has become here.
  moduleNameMapper: { '^unicorn-magic$': '<rootDir>/node_modules/unicorn-magic/node.js' },
  transformIgnorePatterns: [
    '/node_modules/(?!(execa|@sindresorhus|figures|get-stream|is-plain-obj|is-stream|is-unicode-supported|npm-run-path|parse-ms|path-key|pretty-ms|strip-final-newline|unicorn-magic|yoctocolors|human-signals|@marcbachmann|@sec-ant)/)',
  ],
};
