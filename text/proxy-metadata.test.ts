import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROXY_METADATA_NAMES, proxyMetadataProblem } from './proxy-metadata';

test('the documentation lists every name that a machine takes', () => {
  const page = readFileSync(join(__dirname, '../docs/explanation/security.md'), 'utf8');
  const [, list = ''] = /may hold these names, and no others:\n([\s\S]*?)\.\n\n/.exec(page) ?? [];
  expect(list.split(/,\s+/).map((name) => name.trim().replaceAll('`', ''))).toEqual(PROXY_METADATA_NAMES);
});

test("no name is taken that Istio's start script or iptables reads", () => {
  const read = [
    ...[
      'ISTIO_SIDECAR_CONFIG',
      'ISTIO_CLUSTER_CONFIG',
      'ISTIO_BIN_BASE',
      'ISTIO_LOG_DIR',
      'ISTIO_NAMESPACE',
      'NS',
    ],
    ...[
      'ISTIO_SERVICE',
      'SVC',
      'ISTIO_SYSTEM_NAMESPACE',
      'ISTIO_CP_AUTH',
      'CONTROL_PLANE_AUTH_POLICY',
      'POD_NAME',
    ],
    ...[
      'ISTIO_SVC_IP',
      'ISTIO_CUSTOM_IP_TABLES',
      'EXEC_USER',
      'ISTIO_INBOUND_INTERCEPTION_MODE',
      'PILOT_ADDRESS',
    ],
    ...[
      'ISTIO_PILOT_PORT',
      'CA_ADDR',
      'PROV_CERT',
      'OUTPUT_CERTS',
      'ISTIO_AGENT_FLAGS',
      'PROXY_CONFIG',
      'USER',
    ],
    ...['ISTIO_INBOUND_PORTS', 'ISTIO_OUTBOUND_PORTS', 'ISTIO_LOCAL_EXCLUDE_PORTS', 'ISTIO_SERVICE_CIDR'],
    ...[
      'ISTIO_SERVICE_EXCLUDE_CIDR',
      'ISTIO_EXCLUDE_INTERFACES',
      'ENVOY_PORT',
      'INBOUND_CAPTURE_PORT',
      'DRY_RUN',
    ],
    ...[
      'ENVOY_USER',
      'ISTIO_INBOUND_TPROXY_MARK',
      'ISTIO_INBOUND_TPROXY_ROUTE_TABLE',
      'ISTIO_OUTBOUND_OWNER_GROUPS',
    ],
  ];
  for (const name of read)
    for (const value of ['x', 'true', '1', '1s', '']) expect(proxyMetadataProblem(name, value)).toBeDefined();
});

test.each([
  ['SECRET_TTL', '1h30m', true],
  ['SECRET_TTL', '1h; id', false],
  ['SECRET_TTL', 3600, false],
  ['MINIMUM_DRAIN_DURATION', '5s', true],
  ['EXIT_ON_ZERO_ACTIVE_CONNECTIONS', 'true', true],
  ['EXIT_ON_ZERO_ACTIVE_CONNECTIONS', 'yes', false],
  ['WASM_INSECURE_REGISTRIES', 'localhost:5000,registry.example', true],
  ['WASM_INSECURE_REGISTRIES', 'a,$(id)', false],
  ['GOMEMLIMIT', '512MiB', true],
  ['ISTIO_META_ENABLE_HBONE', 'true', true],
  ['ISTIO_META_ANY', "it's $(data)", true],
  ['ISTIO_META_ANY', 'two\nlines', false],
  ['ISTIO_META_lower', 'x', false],
  ['', 'x', false],
])('%s=%j: %s', (name, value, taken) => {
  expect(proxyMetadataProblem(name, value) === undefined).toBe(taken);
});
