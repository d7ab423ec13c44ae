import { checkedClusterEnv } from './cluster-env';

const WRITTEN = `CANONICAL_SERVICE='analytics'
ISTIO_INBOUND_PORTS='8080,8082'
ISTIO_METAJSON_LABELS='{"app":"analytics"}'
ISTIO_NAMESPACE='smm-demo'
SERVICE_ACCOUNT='default'
`;

test('what istioctl writes of a usual group goes on as it is', () => {
  expect(checkedClusterEnv(WRITTEN)).toBe(WRITTEN);
});

test.each(["EXEC_USER='root'", "PATH='/tmp'", "A='x'; touch pwned", "ISTIO_NAMESPACE='x; id'", "$(id)='x'"])(
  'what would steer the start script does not: %s',
  (line) => {
    expect(() => checkedClusterEnv(`${WRITTEN}${line}\n`)).toThrow();
  },
);
