import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Side } from '../../config';
import type { Migration } from '../../config/resolve';
import type { Mesh } from '../../config/schema/schema';
import { machineQueries } from '../../metrics/machine-queries';
import { queriesFor } from '../../metrics/queries';
import { DECLARED } from './alerts';

const SOURCE = { type: 'prometheus', uid: '$source' };
const WIDTH = 12;
const HEIGHT = 8;
const STAT = { width: 8, height: 4 };

/** The dashboard of a migration: both sides beside each other, by the queries of its gate. It is the same in each phase. */
export function dashboardOf(migration: Migration, mesh: Mesh): Dashboard {
  const { gate, namespace, name } = migration;
  const { window } = gate;
  const { perSecond, success, latency, mutualTls, callers, connections } = queriesFor({ migration, mesh });
  const { healthy, certificate, token } = machineQueries(migration);
  const pods = `(${perSecond('kubernetes', window)} or vector(0))`;
  const all = `((${perSecond('vm', window)} or vector(0)) + ${pods})`;
  const declared = `max(${DECLARED}{migration="${name}",namespace="${namespace}"})`;
  const bothSides = (query: (side: Side, window: string) => string): Target[] => [
    ['VM', query('vm', window)],
    ...(migration.kubernetes ? [['pods', query('kubernetes', window)] as const] : []),
  ];
  const panels = [
    series('Share of the pods', 'percent', [
      ['measured', `100 * ${pods} / ${all}`],
      ['declared', declared],
    ])
      .min(0)
      .max(100),
    series('Requests', 'reqps', bothSides(perSecond)),
    ...(success ? [series('Success', 'percent', bothSides(success)).max(100)] : []),
    ...(latency ? [series(`Latency, p${gate.latency.percentile}`, 'ms', bothSides(latency))] : []),
    ...(callers
      ? [series('Callers', 'reqps', [['{{source_workload_namespace}}/{{source_workload}}', callers(window)]])]
      : []),
    ...(mutualTls ? [series('Mutual TLS', 'percent', bothSides(mutualTls)).min(0).max(100)] : []),
    ...(connections ? [series('TCP connections to the VM', 'short', [['open', connections()]])] : []),
    stat('Machines that get traffic', 'bool_yes_no', healthy),
    stat('First certificate ends in', 's', certificate),
    stat('First token ends in', 's', token),
  ];
  const dashboard = new DashboardBuilder(`${name} (${namespace}): VM and pods`)
    // Grafana takes 40 characters.
    .uid(`meshferry-${namespace}-${name}`.slice(0, 40))
    .tags(['meshferry'])
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'));
  for (const panel of panels) dashboard.withPanel(panel);
  return dashboard.build();
}

type Target = readonly [legend: string, query: string];

function series(title: string, unit: string, targets: readonly Target[]): TimeseriesBuilder {
  const panel = new TimeseriesBuilder().title(title).unit(unit).datasource(SOURCE).span(WIDTH).height(HEIGHT);
  for (const [legend, query] of targets)
    panel.withTarget(new DataqueryBuilder().expr(query).legendFormat(legend).datasource(SOURCE));
  return panel;
}

function stat(title: string, unit: string, query: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .unit(unit)
    .datasource(SOURCE)
    .span(STAT.width)
    .height(STAT.height)
    .withTarget(new DataqueryBuilder().expr(query).datasource(SOURCE));
}
