import { Report, Stop, Unexpected } from './report';

let printed: jest.SpyInstance;
beforeEach(() => {
  printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => printed.mockRestore());

test('tells of each step what was expected and seen, and counts', async () => {
  const report = new Report();
  await report.step('walk', 'pin', 'all to the VM', async () => 'VM 300 of 300');
  const failed = report.step('walk', 'deploy', 'none failed', async () => {
    throw new Unexpected('2 of 300 failed\nHTTP 503');
  });
  await expect(failed).rejects.toThrow(Stop);
  const broken = report.step('walk', 'drain', 'pods', async () => {
    throw new Error('kubectl ended with 1');
  });
  await expect(broken).rejects.toThrow(Stop);

  expect([report.passed, report.failed]).toEqual([1, 2]);
  expect(
    report
      .table()
      .replace(/ +/g, ' ')
      .replace(/\d+\.\d$/gm, 'N')
      .split('\n'),
  ).toEqual([
    ' scenario step expected seen seconds',
    '✓ walk pin all to the VM VM 300 of 300 N',
    '✖ walk deploy none failed 2 of 300 failed N',
    '✖ walk drain pods ✖ kubectl ended with 1 N',
  ]);
  expect(printed.mock.calls[1]?.[0]).toContain('HTTP 503');
});
