import type { MigrationInput } from '../../config';
import { hostPolicy } from '../../constructs/traffic-policy';
import { fields, items, type Manifest } from '../../manifests/manifest';

type TrafficPolicy = NonNullable<MigrationInput['trafficPolicy']>;

/** What a DestinationRule declares of its host beyond what a migration fills in by itself. */
export function hostPolicyOf(destinationRule: Manifest | undefined): TrafficPolicy | undefined {
  return withoutFilled(fields(destinationRule?.spec).trafficPolicy);
}

/** What a DestinationRule declares of the subset of a version: whole, since each part replaces the host's. */
export function subsetPolicyOf(
  destinationRule: Manifest | undefined,
  version: string | undefined,
): TrafficPolicy | undefined {
  const subset = items(fields(destinationRule?.spec).subsets)
    .map(fields)
    .find(({ labels }) => version !== undefined && fields(labels).version === version);
  return subset?.trafficPolicy as TrafficPolicy | undefined;
}

/** Leaves out what would be filled in, so that the file holds what somebody chose. */
function withoutFilled(declared: unknown): TrafficPolicy | undefined {
  const filled = hostPolicy();
  const policy = { ...fields(declared) } as Record<string, unknown>;
  const tcp = without(fields(fields(policy.connectionPool).tcp), fields(filled.connectionPool?.tcp));
  const pool = without({ ...fields(policy.connectionPool), tcp }, {});
  const outliers = without(fields(policy.outlierDetection), fields(filled.outlierDetection));
  const kept = without({ ...policy, connectionPool: pool, outlierDetection: outliers }, {});
  return Object.keys(kept).length > 0 ? (kept as TrafficPolicy) : undefined;
}

/** The entries that differ from others and are not empty. */
function without(
  value: Readonly<Record<string, unknown>>,
  others: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, one]) =>
        one !== others[key] && !(typeof one === 'object' && one !== null && Object.keys(one).length === 0),
    ),
  );
}
