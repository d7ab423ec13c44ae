import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Observability as Settings } from '../../config/schema/observability';
import type { LayerProps } from '../layer';
import { rulesOf } from './alerts';

/** Properties of {@link Observability}. */
export interface ObservabilityProps extends LayerProps {
  readonly settings: Settings;
}

/** What operators of the mesh see of a migration: alerts for Prometheus, and a dashboard for Grafana. */
export class Observability extends Construct {
  constructor(scope: Construct, id: string, { migration, mesh, phase, settings }: ObservabilityProps) {
    super(scope, id);
    const name = `meshferry-${migration.name}`;
    new ApiObject(this, 'alerts', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name, labels: settings.ruleLabels },
      spec: { groups: [{ name, rules: rulesOf(migration, mesh, phase, settings) }] },
    });
    // Read only where it is asked for: Grafana's builders take as long as rendering a migration.
    const { dashboardOf } = require('./dashboard') as typeof import('./dashboard');
    const json = `${JSON.stringify(dashboardOf(migration, mesh), null, 2)}\n`;
    if (settings.dashboard === 'ConfigMap') {
      new ApiObject(this, 'dashboard', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: `${name}-dashboard`,
          labels: settings.dashboardLabels ?? { grafana_dashboard: '1' },
        },
        data: { [`${name}.json`]: json },
      });
      return;
    }
    new ApiObject(this, 'dashboard', {
      apiVersion: 'grafana.integreatly.org/v1beta1',
      kind: 'GrafanaDashboard',
      metadata: { name: `${name}-dashboard` },
      spec: {
        instanceSelector: { matchLabels: settings.dashboardLabels ?? { dashboards: 'grafana' } },
        json,
      },
    });
  }
}
