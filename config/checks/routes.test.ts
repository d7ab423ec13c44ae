import { HEAD, IMAGE, tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';

describe('rules', () => {
  const TCP_ONLY = HEAD.replace('  http: 8080\n', '') + IMAGE;
  tells([
    [
      'after a catch-all',
      `${VALID}rules:\n  - match: [{uri: {prefix: /v2}}]\n  - timeout: 3s\n  - match: [{uri: {prefix: /v3}}]\n`,
      [
        `✖ is never reached: rules[1] takes every request to http; move that one behind it, or give it a match → at rules[2] (${F}:10)`,
      ],
    ],
    [
      'after a match of everything',
      `${VALID}rules:\n  - match: [{uri: {prefix: /v2}}, {uri: {prefix: /}}]\n  - timeout: 3s\n`,
      [
        `✖ is never reached: rules[0] takes every request to http; move that one behind it, or give it a match → at rules[1] (${F}:9)`,
      ],
    ],
    [
      'after a catch-all of another port',
      `${VALID.replace('http: 8080', 'http: 8080\n  grpc: 8082')}rules:\n  - {ports: [http], timeout: 3s}\n  - {ports: [grpc], timeout: 3s}\n`,
      [],
    ],
    [
      'with the match of another',
      `${VALID}rules:\n  - match: [{uri: {prefix: /v2}}, {uri: {prefix: /v3}}]\n  - match: [{uri: {prefix: /v2}}]\n    timeout: 3s\n`,
      [`✖ matches nothing that rules[0] does not take before it: join the two → at rules[1].match (${F}:9)`],
    ],
    [
      'with the match of another, on another port',
      `${VALID.replace('http: 8080', 'http: 8080\n  grpc: 8082')}rules:\n  - {ports: [http], match: [{method: {exact: GET}}]}\n  - {ports: [grpc], match: [{method: {exact: GET}}]}\n`,
      [],
    ],
    [
      'of ports that do not fit',
      `${HEAD}${IMAGE}rules:\n  - ports: [htp, tcp, http, http]\n`,
      [
        `✖ "htp" is not declared in ports (http, tcp); did you mean "http"? → at rules[0].ports[0] (${F}:8)`,
        `✖ "tcp" carries tcp, which is routed as tcp, and a rule is for http ports → at rules[0].ports[1] (${F}:8)`,
        `✖ "http" is named twice → at rules[0].ports[3] (${F}:8)`,
      ],
    ],
    [
      'without an http port',
      `${TCP_ONLY}rules:\n  - retries: {attempts: 2}\n`,
      [`✖ rules (matches, timeouts, retries, headers) are for http, and no port is: tcp → at rules (${F}:6)`],
    ],
  ]);
});

describe('gateways and aliases', () => {
  const TCP_ONLY = HEAD.replace('  http: 8080\n', '') + IMAGE;
  tells([
    [
      'an alias without an http port',
      `${TCP_ONLY}aliases: [orders.example.com]\n`,
      [`✖ follow the weights by the Host header of http, and no port is http: tcp → at aliases (${F}:6)`],
    ],
    [
      'a gateway to a tcp port',
      `${HEAD}${IMAGE}gateways:\n  - {name: a, hosts: [a.example], port: tcp}\n`,
      [
        `✖ "tcp" carries tcp, which is routed as tcp, and a gateway's host names need an http port → at gateways[0].port (${F}:8)`,
      ],
    ],
    [
      'a gateway to an unknown port',
      `${HEAD}${IMAGE}gateways:\n  - {name: a, hosts: [a.example], port: https}\n`,
      [`✖ "https" is not declared in ports (http, tcp); did you mean "http"? → at gateways[0].port (${F}:8)`],
    ],
    [
      'a gateway without an http port',
      `${TCP_ONLY}gateways:\n  - {name: a, hosts: [a.example]}\n`,
      [`✖ a gateway's host names need an http port, and there is none: tcp → at gateways[0] (${F}:7)`],
    ],
    [
      'a host twice',
      `${VALID}gateways:\n  - {name: a, hosts: [a.example, a.example]}\n`,
      [`✖ "a.example" is named twice → at gateways[0].hosts[1] (${F}:8)`],
    ],
    [
      'aliases that are none',
      `${VALID}aliases: [vm, 10.0.0.1, a.b.svc.cluster.local, a.example, a.example]\n`,
      [
        `✖ "vm" must be a full name, e.g. vm.example.com: Istio takes a short one for a Service → at aliases[0] (${F}:7)`,
        `✖ "10.0.0.1" is an address: declare the names that clients use → at aliases[1] (${F}:7)`,
        `✖ "a.b.svc.cluster.local" is the name of a Service: aliases are names from outside the cluster → at aliases[2] (${F}:7)`,
        `✖ "a.example" is named twice → at aliases[4] (${F}:7)`,
      ],
    ],
  ]);
});
