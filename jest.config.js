const { spawnSync } = require('node:child_process');

/** Tests of what talks to a real program need that program: without it they are left out, and that is said. */
const NEEDS = {
  prometheus: ['gate/judge.test.ts', 'gate/queries.test.ts'],
  python3: ['hack/lab/image/programs.test.ts'],
};
const leftOut = Object.entries(NEEDS).flatMap(([program, tests]) => {
  if (spawnSync(program, ['--version']).status === 0) return [];
  process.stderr.write(`NOT RUN, since ${program} is not installed: ${tests.join(', ')}\n`);
  return tests.map((test) => `<rootDir>/${test.replaceAll('.', '\\.')}$`);
});

// swc strips the types and turns the few ESM-only libraries into CommonJS; types are checked by `npm run typecheck`.
module.exports = {
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
