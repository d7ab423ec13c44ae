/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** A selector as Kubernetes' own policies have it. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** Whether labels hold every one that is wanted. */
export function holds(labels: Labels | undefined, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

/** Whether a selector matches. An empty one matches everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  const { matchLabels, matchExpressions = [] } = selector ?? {};
  return (
    holds(labels, matchLabels) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels?.[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}

/** Labels in words: `app=analytics, version=v0`. */
export function words(labels: Labels | undefined): string {
  return (
    Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(', ') || 'no labels'
  );
}
