import { HEAD, tells, told, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';

describe('ports', () => {
  tells([
    [
      'none',
      VALID.replace('ports:\n  http: 8080', 'ports: {}'),
      [
        `✖ is empty: declare at least one port, e.g. "http: 8080"; what nobody calls, such as a worker, has no traffic to move and needs no migration: stop it on the VM when its pods run → at ports (${F}:3)`,
      ],
    ],
    [
      'a name without a protocol',
      VALID.replace('http:', 'web:'),
      [
        `✖ "web" names no protocol: begin it with one of http, http2, grpc, grpc-web, tcp, mongo, mysql, redis, e.g. "http-web" → at ports.web (${F}:4)`,
      ],
    ],
    ...[
      ['postgres', 8080],
      ['amqp', 8080],
      ['main', 5432],
    ].map(([name, number]): [string, string, string[]] => [
      `a name or a number of a protocol over TCP: ${name} ${number}`,
      VALID.replace('http: 8080', `${name}: ${number}`),
      [
        `✖ "${name}" names no protocol: begin it with one of http, http2, grpc, grpc-web, tcp, mongo, mysql, redis, e.g. "tcp-${name}" → at ports.${name} (${F}:4)`,
      ],
    ]),
    [
      'a name that nearly is a protocol',
      VALID.replace('http:', 'htpp-api:'),
      [
        `✖ "htpp-api" names no protocol: begin it with one of http, http2, grpc, grpc-web, tcp, mongo, mysql, redis; did you mean "http"? → at ports.htpp-api (${F}:4)`,
      ],
    ],
    [
      'UDP',
      VALID.replace('http:', 'udp-dns:'),
      [
        `✖ "udp-dns" is a UDP port, and Istio can't split UDP between two sides: leave it out, and move its callers by other means → at ports.udp-dns (${F}:4)`,
      ],
    ],
    [
      'encrypted by the service',
      VALID.replace('http:', 'https:'),
      [
        `✖ "https" is encrypted by the service itself, and Istio splits no port of that name: call it "tcp-https" if the Service may be renamed so → at ports.https (${F}:4)`,
      ],
    ],
    [
      'names that Kubernetes refuses',
      VALID.replace('http: 8080', 'HTTP: 1\n  http_api: 2\n  http-orders-internal: 3'),
      [
        `✖ "HTTP" can't name a port: use lower case letters, digits and "-", at most 15 characters → at ports.HTTP (${F}:4)`,
        `✖ "http_api" can't name a port: use lower case letters, digits and "-", at most 15 characters → at ports.http_api (${F}:5)`,
        `✖ "http-orders-internal" can't name a port: use lower case letters, digits and "-", at most 15 characters → at ports.http-orders-internal (${F}:6)`,
      ],
    ],
    [
      'more than a WorkloadGroup takes',
      VALID.replace('http: 8080', Array.from({ length: 129 }, (_, i) => `tcp-${i}: ${i + 1}`).join('\n  ')),
      [`✖ holds 129 ports, but a WorkloadGroup takes 128 at most → at ports (${F}:3)`],
    ],
    [
      'a number used twice',
      VALID.replace('http: 8080', 'http: 8080\n  grpc: 8080'),
      [`✖ 8080 is used twice, by http and grpc → at ports.grpc (${F}:5)`],
    ],
    [
      'a number used twice on one side',
      `${HEAD}vm:\n  ports: {tcp: 8080}\nkubernetes:\n  image: a\n  ports: {http: 8083}\n`,
      [
        `✖ 8083 is used twice in the container, by http and tcp → at ports.tcp (${F}:5)`,
        `✖ 8080 is used twice on the VM, by http and tcp → at vm.ports.tcp (${F}:7)`,
      ],
    ],
    [
      'other numbers for a port that is not declared',
      `${VALID}  ports: {htp: 80}\nvm: {ports: {grpc: 80}}\n`,
      [
        `✖ "htp" is not declared in ports (http); did you mean "http"? → at kubernetes.ports.htp (${F}:7)`,
        `✖ "grpc" is not declared in ports (http) → at vm.ports.grpc (${F}:8)`,
      ],
    ],
    [
      'a probe of a port that is not declared',
      `${VALID}vm:\n  ports: {http: 80}\n  probe: {httpGet: {port: 8080}}\n`,
      [
        `✖ 8080 is not a port of the VM (http 80): declare it in ports, or probe one of these → at vm.probe.httpGet.port (${F}:9)`,
      ],
    ],
  ]);
});

test('one fault is told once: a broken port hides no other fault and brings no false one', () => {
  const text = `${VALID.replace('http: 8080', 'http: 70000')}vm: {probe: {httpGet: {port: 70000}}, version: v1}\n`;
  expect(told(text).map((line) => line.replace(/.*→ at /, ''))).toEqual([
    `ports.http (${F}:4)`,
    `kubernetes.version (${F}:5)`,
    `vm.probe.httpGet.port (${F}:7)`,
  ]);
});
