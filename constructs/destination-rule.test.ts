import { Testing } from 'cdk8s';
import { DestinationRule, type DestinationRuleProps } from './destination-rule';

function spec(props: Partial<DestinationRuleProps> = {}) {
  const chart = Testing.chart();
  const host = 'analytics.smm-demo.svc.cluster.local';
  new DestinationRule(chart, 'sides', {
    istio: '1.24',
    name: 'analytics',
    host,
    subsets: [{ version: 'v0' }, { version: 'v1' }],
    ...props,
  });
  return Testing.synth(chart)[0].spec;
}

const OUTLIERS = {
  consecutiveGatewayErrors: 3,
  consecutive5xxErrors: 0,
  interval: '1s',
  baseEjectionTime: '30s',
};

test('names each side after its version, and lets a dead machine go within moments', () => {
  expect(spec()).toStrictEqual({
    host: 'analytics.smm-demo.svc.cluster.local',
    subsets: [
      { name: 'v0', labels: { version: 'v0' } },
      { name: 'v1', labels: { version: 'v1' } },
    ],
    trafficPolicy: {
      connectionPool: { tcp: { connectTimeout: '1500ms' } },
      outlierDetection: { ...OUTLIERS, maxEjectionPercent: 50 },
    },
  });
});

test('a preferred side serves while it lives, and may be ejected whole', () => {
  expect(spec({ prefer: 'v0' }).trafficPolicy).toStrictEqual({
    connectionPool: { tcp: { connectTimeout: '1500ms' } },
    loadBalancer: { localityLbSetting: { enabled: true, failoverPriority: ['version=v0'] } },
    outlierDetection: { ...OUTLIERS, maxEjectionPercent: 100 },
  });
});
