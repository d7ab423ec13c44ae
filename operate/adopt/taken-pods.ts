import type { MigrationInput } from '../../config';
import { mainContainerName } from '../../config/main-container';
import { fields, items, type Manifest, text, texts } from '../../manifests/manifest';
import { AdoptError, label, nameOf, templateLabels } from './live-host';
import { withoutPodDefaults } from './pod-defaults';
import { withoutServerFields } from './server-fields';
import { type LivePort, portNumbers, versionOf } from './sides';

type Kubernetes = NonNullable<MigrationInput['kubernetes']>;

/**
 * A Deployment as the pods of a migration: the whole template in Kubernetes' own words, and no more than it says.
 *
 * @throws AdoptError where the rendered Deployment could not take the place of the live one
 */
export function takenPods(
  pods: Manifest,
  ports: readonly LivePort[],
  app: string,
  migration: string,
): { readonly kubernetes: Kubernetes; readonly notes: readonly string[] } {
  const version = versionOf(pods);
  const spec = fields(withoutPodDefaults(withoutServerFields(pods).spec));
  checkSelector(pods, app, version);
  for (const { name, target } of ports)
    if (typeof target === 'string' && target !== name)
      throw new AdoptError(
        `✖ the Service finds port ${name} by the name ${target}, and the pods of a migration call it ${name}\n  way out: let its targetPort be ${name}, and the port of the container too; or leave the pods to who deploys them`,
      );
  const template = fields(spec.template);
  const podSpec = fields(template.spec);
  const containers = items(podSpec.containers).map(fields);
  const numbers = portNumbers(pods, ports);
  const main = mainOf(containers, numbers, pods);
  const called = mainContainerName(app, migration);
  const { image, ports: declared, name: _name, ...settings } = main;
  const others = items(declared).filter(
    (port) => ![...numbers.values()].includes(Number(fields(port).containerPort)),
  );
  const own = {
    name: called,
    ...settings,
    ...(others.length > 0 && { ports: others }),
  };
  const { app: _app, version: _version, ...labels } = templateLabels(pods);
  const annotations = texts(
    fields(withoutServerFields({ metadata: template.metadata }).metadata).annotations,
  );
  const metadata = {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  const differing = ports.filter(({ name, port }) => numbers.get(name) !== port);
  const { replicas, strategy, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds } = spec;
  return {
    kubernetes: {
      ...(version !== 'v1' && { version }),
      ...(nameOf(pods) !== `${app}-${version}` && { name: nameOf(pods) }),
      image: String(image),
      ...(replicas !== undefined && replicas !== 1 && { replicas: Number(replicas) }),
      ...(differing.length > 0 && {
        ports: Object.fromEntries(differing.map(({ name, port }) => [name, numbers.get(name) ?? port])),
      }),
      ...(main.readinessProbe === undefined && { probe: 'none' as const }),
      ...(fields(main.lifecycle).preStop === undefined && { drainSeconds: 0 }),
      podTemplate: {
        ...(Object.keys(metadata).length > 0 && { metadata }),
        spec: { ...podSpec, containers: containers.map((one) => (one === main ? own : one)) },
      },
      ...(strategy !== undefined && { strategy: fields(strategy) }),
      ...Object.fromEntries(
        Object.entries({ minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds }).filter(
          ([, value]) => value !== undefined,
        ),
      ),
    },
    notes: [
      ...(text(main.name) !== called
        ? [`its container ${main.name} is called ${called} from then on: the pods are replaced once`]
        : []),
      'whatever scales or disrupts the pods, such as a HorizontalPodAutoscaler, was not looked at: declare it as autoscaling or disruptionBudget',
    ],
  };
}

/** A Deployment keeps its selector for life. */
function checkSelector(pods: Manifest, app: string, version: string): void {
  const selector = fields(fields(pods.spec).selector);
  const labels = texts(selector.matchLabels);
  const same = labels.app === app && labels.version === version && Object.keys(labels).length === 2;
  if (pods.kind !== 'Deployment' || !same || items(selector.matchExpressions).length > 0)
    throw new AdoptError(
      `✖ ${label(pods)} cannot be taken over: a migration renders a Deployment that selects app and version, and the selector of a Deployment never changes\n  way out: leave the pods to who deploys them`,
    );
}

/** The container that listens on the ports of the Service. */
function mainOf(
  containers: readonly Readonly<Record<string, unknown>>[],
  numbers: ReadonlyMap<string, number>,
  pods: Manifest,
) {
  const listening = containers.filter(({ ports }) =>
    items(ports).some((port) => [...numbers.values()].includes(Number(fields(port).containerPort))),
  );
  const [main, second] = containers.length === 1 ? containers : listening;
  if (!main || second)
    throw new AdoptError(
      `✖ which container of ${label(pods)} the Service calls is not known: ${listening.length === 0 ? 'none' : 'more than one'} declares its ports`,
    );
  return main;
}
