import { EXISTING, tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const policy = (text: string) => `${VALID}trafficPolicy: ${text}\n`;
const rule = (text: string) => `${VALID}rules:\n  - ${text}\n`;

describe('a traffic policy', () => {
  tells([
    [
      'of the host and of both sides',
      `${VALID}  trafficPolicy: {connectionPool: {http: {maxRetries: 2}}}
vm: {trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 8080}, tls: {mode: DISABLE}}]}}
trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}, outlierDetection: {interval: 5s}}\n`,
      [],
    ],
    [
      'with fields that Istio does not have',
      policy('{loadBalanser: {simple: RANDOM}, connectionPool: {tcp: {connectTimout: 1s}}}'),
      [
        `✖ unknown key "loadBalanser"; did you mean "loadBalancer"? → at trafficPolicy.loadBalanser (${F}:7)`,
        `✖ unknown key "connectTimout"; did you mean "connectTimeout"? → at trafficPolicy.connectionPool.tcp.connectTimout (${F}:7)`,
      ],
    ],
    [
      'with values that Istio does not take',
      policy(
        '{loadBalancer: {simple: FASTEST}, connectionPool: {tcp: {connectTimeout: 3, maxConnections: many}}, outlierDetection: {consecutive5xxErrors: -1}}',
      ),
      [
        `✖ "FASTEST" is not one of UNSPECIFIED, LEAST_CONN, RANDOM, PASSTHROUGH, ROUND_ROBIN, LEAST_REQUEST → at trafficPolicy.loadBalancer.simple (${F}:7)`,
        `✖ 3 must be a duration such as 500ms, 3s or 1m → at trafficPolicy.connectionPool.tcp.connectTimeout (${F}:7)`,
        `✖ "many" must be a number → at trafficPolicy.connectionPool.tcp.maxConnections (${F}:7)`,
        `✖ -1 must be 0 to 4294967295 → at trafficPolicy.outlierDetection.consecutive5xxErrors (${F}:7)`,
      ],
    ],
    [
      'with two of a choice',
      policy('{loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}'),
      [`✖ must hold only one of simple, consistentHash → at trafficPolicy.loadBalancer (${F}:7)`],
    ],
    [
      "that breaks a rule of istiod's webhook",
      `${policy('{outlierDetection: {maxEjectionPercent: 101}}')}vm: {trafficPolicy: {tls: {mode: MUTUAL}}}\n`,
      [
        `✖ 101 is not from 0 to 100: give a number from 0 to 100 → at trafficPolicy.outlierDetection.maxEjectionPercent (${F}:7)`,
        `✖ mutual TLS has no clientCertificate: add clientCertificate, or a credentialName for all of them → at vm.trafficPolicy.tls (${F}:8)`,
        `✖ mutual TLS has no privateKey: add privateKey, or a credentialName for all of them → at vm.trafficPolicy.tls (${F}:8)`,
      ],
    ],
    [
      'that is empty',
      policy('{}'),
      [`✖ the traffic policy is empty: set something in it, or remove it → at trafficPolicy (${F}:7)`],
    ],
    [
      'of a port that the service does not have',
      policy('{portLevelSettings: [{port: {number: 8081}, loadBalancer: {simple: RANDOM}}]}'),
      [
        `✖ 8081 is not a port of the service: 8080 → at trafficPolicy.portLevelSettings[0].port.number (${F}:7)`,
      ],
    ],
    [
      'that chooses localities where standby does',
      `${policy('{loadBalancer: {localityLbSetting: {enabled: true}}}')}mode: long-term\nends: standby\n`,
      [
        `✖ is what sends everything to the VM while it lives, and the migration sets it: leave it out, or choose another end than standby → at trafficPolicy.loadBalancer.localityLbSetting (${F}:7)`,
      ],
    ],
    [
      'of pods that serve already',
      `${VALID.split('kubernetes')[0]}${EXISTING.replace('}', ', trafficPolicy: {tls: {mode: DISABLE}}}')}`,
      [],
    ],
  ]);
});

describe('what a rule does with its requests', () => {
  tells([
    [
      'anything that a host may have',
      `${VALID}rules:
  - match: [{uri: {exact: /old}}]
    redirect: {uri: /new, redirectCode: 308}
  - match: [{uri: {exact: /robots.txt}}]
    directResponse: {status: 200, body: {string: "User-agent: *"}}
  - match: [{headers: {x-slow: {exact: "1"}}}]
    fault: {delay: {fixedDelay: 5s, percentage: {value: 10}}}
  - match: [{uri: {prefix: /team}}]
    delegate: {name: team, namespace: team}
  - match: [{uri: {prefix: /billing}}]
    route: [{destination: {host: billing}, weight: 90}, {destination: {host: billing-next.shop.svc.cluster.local}, weight: 10}]
  - mirror: {host: recorder}
    mirrorPercentage: {value: 5}
    retries: {attempts: 2, backoff: 50ms}\n`,
      [],
    ],
    [
      'two things that exclude each other',
      rule('{redirect: {uri: /new}, route: [{destination: {host: other}}]}'),
      [`✖ redirect and route exclude each other: remove one of the two → at rules[0].route (${F}:8)`],
    ],
    [
      'nothing that it could mean',
      rule('{redirect: {}, fault: {abort: {httpStatus: 99}}}'),
      [
        `✖ the redirect changes nothing: set uri, authority, scheme or port → at rules[0].redirect (${F}:8)`,
        `✖ redirect and fault exclude each other: remove one of the two → at rules[0].fault (${F}:8)`,
        `✖ 99 is not from 200 to 600: give a number from 200 to 600 → at rules[0].fault.abort.httpStatus (${F}:8)`,
      ],
    ],
    [
      'a route without a destination',
      rule('{route: [], timeout: 3s}'),
      [`✖ must hold a destination; leave it out for the host itself → at rules[0].route (${F}:8)`],
    ],
    [
      'a route to the host itself, by any of its names',
      `${VALID}aliases: [old.example.com]\nrules:
  - match: [{uri: {exact: /a}}]
    route: [{destination: {host: analytics}}]
  - match: [{uri: {exact: /b}}]
    route: [{destination: {host: analytics.smm-demo.svc.cluster.local, subset: v0}}]
  - route: [{destination: {host: old.example.com}}]\n`,
      [
        `✖ "analytics" is the host of this migration, and these requests would escape its weights: leave route out → at rules[0].route[0].destination.host (${F}:10)`,
        `✖ "analytics.smm-demo.svc.cluster.local" is the host of this migration, and these requests would escape its weights: leave route out → at rules[1].route[0].destination.host (${F}:12)`,
        `✖ "old.example.com" is the host of this migration, and these requests would escape its weights: leave route out → at rules[2].route[0].destination.host (${F}:13)`,
      ],
    ],
    [
      'a copy to the host itself',
      rule('mirrors: [{destination: {host: analytics.smm-demo, subset: v1}}]'),
      [
        `✖ "analytics.smm-demo" is the host of this migration, whose subsets come and go with its phases: mirror to another Service → at rules[0].mirrors[0].destination.host (${F}:8)`,
      ],
    ],
    [
      'a host of another namespace with the same name',
      rule('route: [{destination: {host: analytics.other}}]'),
      [],
    ],
    [
      'a condition that the migration sets',
      rule('match: [{uri: {prefix: /v2}, port: 8080}]'),
      [
        `✖ unknown key "port"; known here: authority, headers, ignoreUriCase, method, name, queryParams, scheme, sourceLabels, sourceNamespace, statPrefix, uri, withoutHeaders → at rules[0].match[0].port (${F}:8)`,
      ],
    ],
  ]);
});
