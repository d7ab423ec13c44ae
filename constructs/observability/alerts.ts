import type { Migration } from '../../config/resolve';
import type { Observability } from '../../config/schema/observability';
import type { Mesh } from '../../config/schema/schema';
import { machineQueries } from '../../metrics/machine-queries';
import { queriesFor } from '../../metrics/queries';
import type { Phase } from '../../plan/phase';
import { plan } from '../../plan/plan';

/** A rule of Prometheus: a series that it records, or an alert. */
export type Rule = RecordingRule | AlertRule;

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Percent of requests that pods should get, as git declares it: recorded, so that it can be drawn over time. */
export const DECLARED = 'meshferry:declared_share:percent';

/** How many percentage points the measured share may be off: few requests are never split exactly. */
const SHARE_OFF = 10;
const CERTIFICATE_SECONDS = 3 * 3600;
const TOKEN_SECONDS = 24 * 3600;

/** What is recorded and alerted on while a phase is current. */
export function rulesOf(
  migration: Migration,
  mesh: Mesh,
  phase: Phase,
  { longestPhase }: Pick<Observability, 'longestPhase'>,
): readonly Rule[] {
  const { namespace, name } = migration;
  const labels = { migration: name, namespace, phase: phase.name };
  const alert = (
    what: string,
    expr: string,
    wait: string,
    annotations: AlertRule['annotations'],
    more: Readonly<Record<string, string>> = {},
  ): AlertRule => ({
    alert: `Meshferry${what}`,
    expr,
    for: wait,
    labels: { severity: 'warning', ...labels, ...more },
    annotations,
  });
  const isLast = plan(migration).at(-1)?.name === phase.name;
  return [
    {
      record: DECLARED,
      expr: `vector(${phase.share.kubernetes})`,
      labels: { migration: name, namespace, phase: phase.name },
    },
    ...(phase.weights && migration.kubernetes ? [...trafficAlerts(migration, mesh, phase, alert)] : []),
    ...(phase.vm && phase.share.vm > 0 ? machineAlerts(migration, alert) : []),
    ...(isLast
      ? []
      : [
          alert('PhaseOld', 'vector(1)', longestPhase, {
            summary: `${name} has been in ${phase.name} for ${longestPhase}`,
            description: `Move it on (meshferry next ${name}), or take it back. \`meshferry gate ${name}\` says what is in the way.`,
          }),
        ]),
  ];
}

type Alert = (
  what: string,
  expr: string,
  wait: string,
  annotations: AlertRule['annotations'],
  more?: Readonly<Record<string, string>>,
) => AlertRule;

function trafficAlerts(migration: Migration, mesh: Mesh, phase: Phase, alert: Alert): AlertRule[] {
  const { name, gate } = migration;
  const { window, minRequests, success: bound } = gate;
  const { requests, perSecond, success } = queriesFor({ migration, mesh });
  const vm = `(${perSecond('vm', window)} or vector(0))`;
  const pods = `(${perSecond('kubernetes', window)} or vector(0))`;
  const all = `(${requests('vm', window)} or vector(0)) + (${requests('kubernetes', window)} or vector(0))`;
  const enough = (query: string) => `and on () (${query}) >= ${minRequests}`;
  const declared = phase.share.kubernetes;
  const worse = (side: 'vm' | 'kubernetes', other: 'vm' | 'kubernetes', label: string) =>
    success
      ? [
          alert(
            'ErrorsDiffer',
            `${success(other, window)} - ${success(side, window)} > ${bound.belowVm} ${enough(requests(side, window))}`,
            '5m',
            {
              summary: `The ${label} of ${name} fail more requests than the other side`,
              description: `They succeed {{ $value | printf "%.2f" }} percentage points less. \`meshferry gate ${name}\` has the numbers; \`meshferry back ${name}\` takes the last step back.`,
            },
            { side },
          ),
        ]
      : [];
  return [
    alert(
      'ShareDiffers',
      `abs(100 * ${pods} / (${vm} + ${pods}) - ${declared}) > ${SHARE_OFF} ${enough(all)}`,
      '10m',
      {
        summary: `Requests to ${name} are not split as declared`,
        description: `Git declares ${declared} % for the pods; the measured share is {{ $value | printf "%.0f" }} points off. \`meshferry check ${name}\` says why.`,
      },
    ),
    ...(phase.share.kubernetes > 0 && phase.share.vm > 0
      ? [...worse('kubernetes', 'vm', 'pods'), ...worse('vm', 'kubernetes', 'machines')]
      : []),
  ];
}

function machineAlerts(migration: Migration, alert: Alert): AlertRule[] {
  const { name } = migration;
  const { healthy, certificate, token } = machineQueries(migration);
  const on = 'On the machine: meshferry-agent doctor';
  return [
    alert(
      'MachineUnhealthy',
      `${healthy} == 0`,
      '2m',
      {
        summary: `A machine of ${name} gets no traffic`,
        description: `${on}. From here: meshferry check ${name}.`,
      },
      { severity: 'critical' },
    ),
    alert('CertificateEnds', `${certificate} < ${CERTIFICATE_SECONDS}`, '10m', {
      summary: `The certificate of a machine of ${name} ends in {{ $value | humanizeDuration }}`,
      description: `Istio renews it at half its life, and did not. ${on}.`,
    }),
    alert('TokenEnds', `${token} < ${TOKEN_SECONDS}`, '10m', {
      summary: `The token of the agent on a machine of ${name} ends in {{ $value | humanizeDuration }}`,
      description: 'The agent renews it, and did not. Give it a new one: meshferry-agent set bearer-token -.',
    }),
  ];
}
