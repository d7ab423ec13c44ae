import { fields, items, type Manifest, type Path } from '../../manifests/manifest';
import type { Broken, Part } from '../broken';
import {
  admissionBindingRules,
  admissionPolicyRules,
  operationsRules,
  parameterRules,
  validationRules,
} from './admission';
import { DefinedParts } from './defined-parts';
import { FIELD_VALUES } from './field-values';
import { annotationRules, labelRules } from './metadata';
import { exactlyOne } from './one-of';
import { nodeRequirementRules, nodeSelectorRules, placementRules, tolerationRules } from './scheduling';
import { profileRules, securityContextRules } from './security';
import { labelSelectorRules } from './selector';
import {
  claimRules,
  commandRules,
  driverRules,
  fileRules,
  projectionRules,
  variableRules,
  variablesRules,
} from './sources';
import { rollingRules, statefulStrategyRules, strategyRules } from './strategies';
import type { ValueKind } from './value-kinds';

type PartRules = (part: Part, path: Path) => Iterable<Broken>;

function* templateRules({ metadata }: Part, path: Path): Generator<Broken> {
  yield* labelRules(fields(metadata).labels, [...path, 'metadata', 'labels']);
  yield* annotationRules(fields(metadata).annotations, [...path, 'metadata', 'annotations']);
}

function nonEmpty(key: string, optional = false): PartRules {
  return function* (part, path) {
    if (items(part[key]).length === 0 && !(optional && part[key] === undefined))
      yield { path: [...path, key], message: `${key} is empty`, fix: 'add one' };
  };
}

/** What holds between the fields of a part, wherever an object has one. */
const PART_RULES: Readonly<Record<string, PartRules>> = {
  'meta.v1.LabelSelector': (part, path) =>
    // The labels of metrics are for whoever serves them.
    path.includes('metrics') && path.at(-2) === 'metric' ? [] : labelSelectorRules(part, path),
  'core.v1.PodTemplateSpec': templateRules,
  'core.v1.PodSpec': placementRules,
  'core.v1.NodeSelector': nodeSelectorRules,
  'core.v1.NodeSelectorRequirement': nodeRequirementRules,
  'core.v1.Toleration': tolerationRules,
  'core.v1.SeccompProfile': profileRules,
  'core.v1.AppArmorProfile': profileRules,
  'core.v1.SecurityContext': securityContextRules,
  'core.v1.EnvVarSource': variableRules,
  'core.v1.EnvFromSource': variablesRules,
  'core.v1.DownwardAPIVolumeFile': fileRules,
  'core.v1.VolumeProjection': projectionRules,
  'core.v1.CSIVolumeSource': driverRules,
  'core.v1.ExecAction': commandRules,
  'core.v1.LifecycleHandler': (part, path) =>
    exactlyOne(part, ['exec', 'httpGet', 'tcpSocket', 'sleep'], path),
  'core.v1.PersistentVolumeClaimSpec': claimRules,
  'apps.v1.DeploymentStrategy': strategyRules,
  'apps.v1.DaemonSetUpdateStrategy': rollingRules,
  'apps.v1.StatefulSetUpdateStrategy': statefulStrategyRules,
  'autoscaling.v2.HPAScalingRules': nonEmpty('policies', true),
  'batch.v1.SuccessPolicy': nonEmpty('rules'),
  'rbac.v1.AggregationRule': nonEmpty('clusterRoleSelectors'),
  'admissionregistration.v1.ValidatingAdmissionPolicySpec': admissionPolicyRules,
  'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec': admissionBindingRules,
  'admissionregistration.v1.NamedRuleWithOperations': operationsRules,
  'admissionregistration.v1.ParamRef': parameterRules,
  'admissionregistration.v1.Validation': validationRules,
};

const parts = new DefinedParts([...Object.keys(PART_RULES), ...Object.keys(FIELD_VALUES)]);

/** What the API server refuses of the parts of an object, each by itself. */
export function* partRules(manifest: Manifest): Generator<Broken> {
  for (const { definition, part, path } of parts.of(manifest)) {
    for (const [key, kind] of Object.entries(FIELD_VALUES[definition] ?? {}))
      yield* valueRules(part[key], kind, [...path, key]);
    yield* PART_RULES[definition]?.(part, path) ?? [];
  }
}

function* valueRules(value: unknown, kind: ValueKind, path: Path): Generator<Broken> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* valueRules(item, kind, [...path, index]);
    return;
  }
  if (value === undefined || value === null) {
    if (kind.when === 'always')
      yield { path, message: `${String(path.at(-1))} is missing`, fix: `add it: ${kind.what}` };
    return;
  }
  if ((value === '' && kind.when === 'filled') || (typeof value !== 'string' && typeof value !== 'number'))
    return;
  if (!kind.is(value)) yield { path, message: `${JSON.stringify(value)} is not ${kind.what}`, fix: kind.fix };
}
