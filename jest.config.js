// swc strips the types and turns the few ESM-only libraries into CommonJS; types are checked by `npm run typecheck`.
module.exports = {
  // Many run programs, git or a compiler, dozens of times, and the machine may be busy; what hangs is to end some day.
  testTimeout: 180_000,
  // jest leaves a core to its own process, which mostly waits: of two cores it would use one.
  maxWorkers: '100%',
  setupFilesAfterEnv: ['<rootDir>/test/match-file.ts', '<rootDir>/test/needing.ts'],
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/lib/', '<rootDir>/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/lib/'],
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    // What the docs show imports the package by its name.
    '^meshferry$': '<rootDir>/index.ts',
    // It names no file for `require`, which is what an import has become here.
    '^unicorn-magic$': '<rootDir>/node_modules/unicorn-magic/node.js',
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(d3-shape|d3-path|execa|@sindresorhus|figures|get-stream|is-plain-obj|is-stream|is-unicode-supported|npm-run-path|parse-ms|path-key|pretty-ms|strip-final-newline|unicorn-magic|yoctocolors|human-signals|@marcbachmann|@sec-ant)/)',
  ],
};
