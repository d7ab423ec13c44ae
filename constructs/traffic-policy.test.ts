import { hostPolicy, subsetPolicy } from './traffic-policy';

const OUTLIERS = {
  consecutiveGatewayErrors: 3,
  consecutive5xxErrors: 0,
  interval: '1s',
  baseEjectionTime: '30s',
  maxEjectionPercent: 50,
};
const TCP = { connectTimeout: '1500ms' };

test('what is declared stays, and what it leaves open is filled in', () => {
  const declared = {
    connectionPool: { http: { maxRetries: 1 }, tcp: { maxConnections: 9 } },
    outlierDetection: { consecutive5xxErrors: 7, maxEjectionPercent: 10 },
    tls: { mode: 'DISABLE' as const },
  };
  expect(hostPolicy(declared)).toEqual({
    connectionPool: { http: { maxRetries: 1 }, tcp: { ...TCP, maxConnections: 9 } },
    outlierDetection: { ...OUTLIERS, consecutive5xxErrors: 7, maxEjectionPercent: 10 },
    tls: { mode: 'DISABLE' },
  });
});

test('a port with settings of its own gets them too, since Istio gives it nothing of the host', () => {
  const port = { number: 8080 };
  expect(
    hostPolicy({ portLevelSettings: [{ port, tls: { mode: 'DISABLE' } }] }, 'v0').portLevelSettings,
  ).toEqual([
    {
      port,
      tls: { mode: 'DISABLE' },
      connectionPool: { tcp: TCP },
      outlierDetection: { ...OUTLIERS, maxEjectionPercent: 100 },
      loadBalancer: { localityLbSetting: { enabled: true, failoverPriority: ['version=v0'] } },
    },
  ]);
});

test('a preferred side joins the way in which endpoints are chosen', () => {
  const loadBalancer = { consistentHash: { useSourceIp: true } };
  expect(hostPolicy({ loadBalancer }, 'v0').loadBalancer).toEqual({
    consistentHash: { useSourceIp: true },
    localityLbSetting: { enabled: true, failoverPriority: ['version=v0'] },
  });
});

test('a subset holds the parts that are declared for it alone, each complete', () => {
  expect(subsetPolicy({ tls: { mode: 'DISABLE' } })).toEqual({ tls: { mode: 'DISABLE' } });
  expect(subsetPolicy({ outlierDetection: { interval: '9s' } })).toEqual({
    outlierDetection: { ...OUTLIERS, interval: '9s' },
  });
  const port = { number: 80 };
  expect(subsetPolicy({ portLevelSettings: [{ port }] })).toEqual({
    portLevelSettings: [{ port, connectionPool: { tcp: TCP }, outlierDetection: OUTLIERS }],
  });
});
