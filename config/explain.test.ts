import { told, VALID } from '../test/workspace';

const F = 'migrations/analytics.yaml';

describe('what one field may hold', () => {
  test.each<[string, string, string[]]>([
    ['an unknown key', `${VALID}vmm: {}\n`, [`✖ unknown key "vmm"; did you mean "vm"? → at vmm (${F}:7)`]],
    [
      'an unknown key that is near none',
      `${VALID}shift:\n  pace: fast\n`,
      [`✖ unknown key "pace"; known here: steps, sticky → at shift.pace (${F}:8)`],
    ],
    [
      'an unknown key in one of several forms',
      `${VALID}vm:\n  probe: {tcpSocket: {prt: 8080}}\n`,
      [
        `✖ "port" is missing: number of the port, as the process listens on it → at vm.probe.tcpSocket.port (${F}:8)`,
        `✖ unknown key "prt"; did you mean "port"? → at vm.probe.tcpSocket.prt (${F}:8)`,
      ],
    ],
    [
      'a key that would reach into the program',
      `${VALID}__proto__:\n  phase: done\nconstructor: 1\n`,
      [
        `✖ "__proto__" can't be a key: JavaScript keeps it for itself → at __proto__ (${F}:7)`,
        `✖ "constructor" can't be a key: JavaScript keeps it for itself → at constructor (${F}:9)`,
      ],
    ],
    [
      'required fields that are missing',
      'app: analytics\n',
      [
        `✖ "namespace" is missing: namespace of the service → at namespace (${F}:1)`,
        `✖ "phase" is missing: the current phase; the first of most plans is onboard. \`meshferry plan\` lists them → at phase (${F}:1)`,
        `✖ "ports" is missing: ports of the service: name to number. The first word of a name is its protocol (http, http2, grpc, grpc-web, tcp, mongo, mysql, redis) → at ports (${F}:1)`,
        `✖ "kubernetes" is missing: a temporary migration needs pods; declare at least kubernetes.image, or mode: long-term with ends: onboard → at kubernetes (${F}:1)`,
      ],
    ],
    [
      'a field without a value',
      VALID.replace('ghcr.io/example/analytics:1.0.0', ''),
      [`✖ has no value: fill it in, or leave the key out → at kubernetes.image (${F}:6)`],
    ],
    [
      'a namespace that is not DNS-1123',
      VALID.replace('smm-demo', 'Smm_Demo'),
      [
        `✖ "Smm_Demo" must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit → at namespace (${F}:1)`,
      ],
    ],
    [
      'a name that is not DNS-1123',
      `${VALID}name: my.analytics\n`,
      [
        `✖ "my.analytics" must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit → at name (${F}:7)`,
      ],
    ],
    [
      'ports out of range',
      VALID.replace('http: 8080', 'http: 0\n  grpc: 65536\n  tcp: 80.5\n  redis: 99999999999999999999'),
      [
        `✖ 0 must be a port number from 1 to 65535 → at ports.http (${F}:4)`,
        `✖ 65536 must be a port number from 1 to 65535 → at ports.grpc (${F}:5)`,
        `✖ 80.5 must be a whole number → at ports.tcp (${F}:6)`,
        `✖ 100000000000000000000 must be a smaller number → at ports.redis (${F}:7)`,
      ],
    ],
    [
      'a number in quotes',
      VALID.replace('8080', '"8080"'),
      [`✖ "8080" must be a number: leave the quotes out → at ports.http (${F}:4)`],
    ],
    [
      'text without quotes',
      `${VALID}service:\n  annotations:\n    a: 3\n    b: true\nvm: {version: 0}\n`,
      [
        `✖ 3 must be text: put it in quotes, "3" → at service.annotations.a (${F}:9)`,
        `✖ true must be text: put it in quotes, "true" → at service.annotations.b (${F}:10)`,
        `✖ 0 must be text: put it in quotes, "0" → at vm.version (${F}:11)`,
      ],
    ],
    [
      'a list for a mapping, and the reverse',
      `${VALID}vm: [v0]\naliases: {a: b}\nservice: analytics\n`,
      [
        `✖ must be a mapping (lines of "key: value"), not a list → at vm (${F}:7)`,
        `✖ must be a list, not a mapping → at aliases (${F}:8)`,
        `✖ "analytics" must be a mapping (lines of "key: value") → at service (${F}:9)`,
      ],
    ],
    [
      'a word that is none of the choices',
      `${VALID}mode: temporry\n`,
      [`✖ "temporry" is not one of temporary, long-term; did you mean "temporary"? → at mode (${F}:7)`],
    ],
    [
      'a probe that is neither a probe nor none',
      `${VALID}vm: {probe: http}\n`,
      [`✖ "http" must be a probe, or the word none → at vm.probe (${F}:7)`],
    ],
    [
      'a probe with a fault',
      `${VALID}vm:\n  probe: {httpGet: {path: health, port: 8080}}\n`,
      [`✖ "health" must start with "/" → at vm.probe.httpGet.path (${F}:8)`],
    ],
    [
      'a probe of two kinds',
      `${VALID}vm: {probe: {tcpSocket: {port: 8080}, exec: {command: [x]}}}\n`,
      [`✖ must hold exactly one of httpGet, tcpSocket, exec, grpc → at vm.probe (${F}:7)`],
    ],
    [
      'durations',
      `${VALID}rules:\n  - timeout: 3\n  - timeout: 3 s\n  - timeout: 0s\n`,
      [
        `✖ 3 must be a duration such as 500ms, 3s or 1m → at rules[0].timeout (${F}:8)`,
        `✖ "3 s" must be a duration such as 500ms, 3s or 1m → at rules[1].timeout (${F}:9)`,
        `✖ is never reached: rules[0] takes every request to http; move that one behind it, or give it a match → at rules[1] (${F}:9)`,
        `✖ "0s" must be at least 1ms, Istio's shortest duration → at rules[2].timeout (${F}:10)`,
        `✖ is never reached: rules[0] takes every request to http; move that one behind it, or give it a match → at rules[2] (${F}:10)`,
      ],
    ],
    [
      'keys of labels',
      `${VALID}vm: {labels: {team: a, -x: b}}\n`,
      [
        `✖ "-x" must be a label key: an optional DNS name and "/", then at most 63 letters, digits, "-", "_" or "." → at vm.labels["-x"] (${F}:7)`,
      ],
    ],
    [
      'a value that is long',
      VALID.replace('smm-demo', 'X'.repeat(200)),
      [
        `✖ "${'X'.repeat(78)}… must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit → at namespace (${F}:1)`,
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe('the version of Istio', () => {
  const M = 'migrations/mesh.yaml';
  const toldOf = (istio: string) =>
    told({ 'migrations/analytics.yaml': VALID, 'migrations/mesh.yaml': `istio: ${istio}\n` });

  test.each(['"1.10"', '"1.15"', '1.15.3', '"1.30.0"'])('%s is one', (istio) => {
    expect(toldOf(istio)).toEqual([]);
  });

  test.each([
    ['v1.15', `✖ "v1.15" must be a version of Istio, such as 1.15 or 1.15.3 → at istio (${M}:1)`],
    ['latest', `✖ "latest" must be a version of Istio, such as 1.15 or 1.15.3 → at istio (${M}:1)`],
    ['1.2.3.4', `✖ "1.2.3.4" must be a version of Istio, such as 1.15 or 1.15.3 → at istio (${M}:1)`],
    [
      '1.15',
      `✖ 1.15 must be in quotes, e.g. "1.15": without them YAML reads 1.20 as the number 1.2 → at istio (${M}:1)`,
    ],
    [
      '1.9.9',
      `✖ "1.9.9" must be 1.10 or later: before, the auto-registration of VMs is not on by default, and a VM never joins → at istio (${M}:1)`,
    ],
    ['', `✖ has no value: fill it in, or leave the key out → at istio (${M}:1)`],
  ])('%s is none', (istio, expected) => {
    expect(toldOf(istio)).toEqual([expected]);
  });
});

test('every problem of every file comes at once, in the order of files and lines', () => {
  const lines = told({
    'migrations/mesh.yaml': 'istio: "1.15"\nnetwrk: a\n',
    'migrations/prod/b.yaml': VALID.replace('8080', '0').replace('onboard', 'onbord'),
    'migrations/a.yaml': VALID.replace('smm-demo', 'A'),
  });
  expect(lines.map((line) => line.replace(/.*→ at /, ''))).toEqual([
    'namespace (migrations/a.yaml:1)',
    'netwrk (migrations/mesh.yaml:2)',
    'phase (migrations/prod/b.yaml:2)',
    'ports.http (migrations/prod/b.yaml:4)',
  ]);
});
