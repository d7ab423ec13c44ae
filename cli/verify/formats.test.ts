import { Validator } from '@cfworker/json-schema';
import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';
import { ALL_CHECKS, type Finding, type VerifyReport } from '../../verify';
import { formatGithub } from './github';
import { formatJunit } from './junit';
import { formatSarif } from './sarif';

const FINDING: Finding = {
  id: 'MF101',
  severity: 'error',
  message: 'there is no field a<b>&"c"',
  object: 'Service demo/web',
  path: 'spec.ports[0]',
  file: 'clusters/a b,c:1/100%.yaml',
  line: 9,
  fix: 'write targetPort',
};

function report(...findings: readonly Partial<Finding>[]): VerifyReport {
  return {
    findings: findings.map((finding) => ({ ...FINDING, ...finding })),
    files: 1,
    objects: 1,
    withoutSchema: {},
  };
}

const ALL = report(
  {},
  { severity: 'note', id: 'MF201', line: undefined },
  { severity: 'ignored', id: 'MF301', reason: 'the client speaks first' },
  { id: 'MF001', object: '', path: '', file: '/abs/x.yaml' },
  { file: undefined },
);

describe('SARIF', () => {
  test('is valid by its schema', () => {
    const { valid, errors } = new Validator(schema as object, '7').validate(JSON.parse(formatSarif(ALL)));
    expect({ valid, errors }).toEqual({ valid: true, errors: [] });
  });

  test('knows every check, and each result its own', () => {
    const [run] = JSON.parse(formatSarif(ALL)).runs;
    expect(run.tool.driver.rules).toHaveLength(ALL_CHECKS.length);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  test('names places as URIs, levels, and what is ignored with its reason', () => {
    const [run] = JSON.parse(formatSarif(ALL)).runs;
    const [error, note, ignored, absolute, nowhere] = run.results;
    expect(error).toMatchObject({ level: 'error', message: { text: expect.stringContaining('Fix: write') } });
    expect(error.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'clusters/a%20b%2Cc%3A1/100%25.yaml' },
      region: { startLine: 9 },
    });
    expect(note.level).toBe('note');
    expect(note.locations[0].physicalLocation).not.toHaveProperty('region');
    expect(ignored.suppressions).toEqual([{ kind: 'inSource', justification: 'the client speaks first' }]);
    expect(absolute.locations[0].physicalLocation.artifactLocation.uri).toBe('file:///abs/x.yaml');
    expect(nowhere).not.toHaveProperty('locations');
  });

  test('a finding keeps its fingerprint where its line moves', () => {
    const print = (line: number) =>
      JSON.parse(formatSarif(report({ line }))).runs[0].results[0].partialFingerprints;
    expect(print(9)).toEqual(print(12));
  });
});

describe('annotations of GitHub', () => {
  test('an error is one line, in which nothing can begin another command', () => {
    expect(formatGithub(report({ message: 'a\n::error::100%' }))).toBe(
      '::error file=clusters/a b%2Cc%3A1/100%25.yaml,line=9,title=MF101::' +
        'a%0A::error::100%25 → Service demo/web spec.ports[0]%0Afix: write targetPort\n',
    );
  });

  test('a note is a notice, and what is ignored is not told', () => {
    expect(formatGithub(report({ severity: 'note', file: undefined }, { severity: 'ignored' }))).toMatch(
      /^::notice line=9,title=MF101::[^\n]*\n$/,
    );
  });
});

describe('JUnit', () => {
  test('each check is a suite: an error fails in it, a note is skipped, a check without findings passes', () => {
    const xml = formatJunit(ALL);
    const total = ALL_CHECKS.length + 1; // MF101 has two findings
    expect(xml).toContain(
      `<testsuites name="meshferry verify" tests="${total}" failures="3" skipped="2" errors="0">`,
    );
    expect(xml.match(/<testsuite /g)).toHaveLength(ALL_CHECKS.length);
    expect(xml.match(/<testcase /g)).toHaveLength(total);
    expect(xml).toContain('(ignored: the client speaks first)');
    expect(xml).toContain('file="clusters/a b,c:1/100%.yaml" line="9"');
  });

  test('text is escaped, and what XML cannot hold is left out', () => {
    const xml = formatJunit(report({ message: 'a<b>&"c"\u0000\u001b[31m\n\ud800' }));
    expect(xml).toContain(
      'message="a&lt;b&gt;&amp;&quot;c&quot;[31m&#10;\ufffd → Service demo/web spec.ports[0]"',
    );
  });
});
