import { ProgressLine } from './progress';

/** What is written to a terminal, or to something that is none, while steps take the given time. */
function written(isTTY: boolean, milliseconds: readonly number[]): string {
  let text = '';
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const out = { isTTY, write: (chunk: string) => (text += chunk) } as unknown as NodeJS.WriteStream;
  const line = new ProgressLine(out);
  for (const [done, time] of milliseconds.entries()) {
    now += time;
    line.show({ step: 'reading', done });
  }
  line.clear();
  return text;
}

afterEach(() => jest.restoreAllMocks());

test('a short look shows nothing', () => {
  expect(written(true, [1, 400, 500])).toBe('');
});

test('a long one shows how far it is, a few times a second, and leaves nothing behind', () => {
  expect(written(true, [500, 600, 10, 200])).toBe(
    '\r\u001b[2Kreading: 1 files\r\u001b[2Kreading: 3 files\r\u001b[2K',
  );
});

test('what is no terminal is left alone', () => {
  expect(written(false, [5_000, 5_000])).toBe('');
});
