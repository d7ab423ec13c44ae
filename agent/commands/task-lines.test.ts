import { TaskLines } from './task-lines';

afterEach(() => jest.restoreAllMocks());

test('lines that go to a file or a pipe have no colour, in CI neither', () => {
  const { CI } = process.env;
  const { isTTY } = process.stderr;
  let printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  process.env.CI = 'true';
  // As Node.js has it for a pipe: not false, but nothing at all.
  Object.defineProperty(process.stderr, 'isTTY', { value: undefined, configurable: true });
  try {
    new TaskLines().done('uuid', 'a new one');
  } finally {
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
    if (CI === undefined) delete process.env.CI;
    else process.env.CI = CI;
  }
  expect(printed).toBe('✓ uuid ❯ a new one\n');
});
