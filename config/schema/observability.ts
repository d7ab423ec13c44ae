import * as z from 'zod';
import { duration } from './duration';
import { labels } from './scalars';

/** The `observability` field of `mesh.yaml`: what operators of the mesh get to see of each migration. */
export const observabilitySchema = z
  .strictObject({
    dashboard: z
      .enum(['ConfigMap', 'GrafanaDashboard'])
      .default('ConfigMap')
      .describe(
        "How Grafana gets the dashboard. ConfigMap: Grafana's sidecar finds it by its label. GrafanaDashboard: Grafana's operator takes it.",
      ),
    dashboardLabels: labels
      .optional()
      .describe(
        'Labels of the ConfigMap, or of the Grafana that the GrafanaDashboard is for. Default: grafana_dashboard: "1", or dashboards: grafana.',
      ),
    ruleLabels: labels
      .default({})
      .describe(
        'Labels of the PrometheusRules, by which a Prometheus selects them, e.g. release: prometheus.',
      ),
    longestPhase: duration
      .default('336h')
      .describe('How long a phase may be current before an alert; the last phase may stay.'),
  })
  .describe(
    'Alerts (PrometheusRule) and a Grafana dashboard for each migration, in its workload layer. Default: none.',
  );

/** What operators get to see, with defaults filled in. */
export type Observability = Readonly<z.output<typeof observabilitySchema>>;
