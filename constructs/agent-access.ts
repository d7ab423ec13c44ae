import { Construct } from 'constructs';
import * as k8s from '../imports/k8s';

/** Properties of an {@link AgentAccess}. */
export interface AgentAccessProps {
  /** Name of the WorkloadGroup. The agent's ServiceAccount is `<group>-agent`. */
  readonly group: string;
  /** Namespace of the WorkloadGroup. */
  readonly namespace: string;
  /** Service account that the machine's workload identity is issued for: the agent may ask for its tokens. */
  readonly workloadServiceAccount: string;
  /**
   * Namespace of istiod.
   *
   * @default 'istio-system'
   */
  readonly meshNamespace?: string;
  /**
   * Revision of istiod: its ConfigMaps carry it in their names.
   *
   * @default - none: the installation is not revisioned
   */
  readonly revision?: string;
  /**
   * Name of the mesh-expansion (east-west) gateway's Service in the namespace of istiod: where the machine finds its
   * way in.
   *
   * @default 'istio-eastwestgateway'
   */
  readonly gatewayService?: string;
  /**
   * Labels of the objects.
   *
   * @default - those of the chart
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** `list` and `watch` of a named object are granted only to a request that asks for `metadata.name=<name>`. */
const READ = ['get', 'list', 'watch'];

/**
 * The least that the agent on a virtual machine needs in Kubernetes: a ServiceAccount, a Role in its namespace and a
 * Role in istiod's, each rule bound to object names wherever Kubernetes can.
 *
 * It may read what a machine needs to join (the WorkloadGroup, the root certificate, the mesh configuration, the
 * gateway's address) and create tokens of two service accounts by name: the workload's and its own, so that a machine
 * that was off for long comes back by itself. A token of the workload's account is that account: give the machine one
 * of its own where `default` has rights.
 *
 * It may read the WorkloadEntries of the namespace, all of them: their names hold the machine's address, which nobody
 * knows beforehand. It may not change one. `patch` cannot be bound to a name either, and would let whoever takes the
 * machine over point any other machine's entry at an address of their own; `delete` would take any other machine out
 * of the mesh. An entry that no longer fits its group is replaced without any right: end the connection to istiod,
 * which removes the entry ten seconds later, and let the machine register again. To change the ports of a machine
 * that serves alone without that gap, a person patches its entry.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export class AgentAccess extends Construct {
  /** The ServiceAccount that the agent signs in as. */
  readonly serviceAccount: k8s.KubeServiceAccount;

  constructor(scope: Construct, id: string, props: AgentAccessProps) {
    super(scope, id);
    const { group, namespace, labels } = props;
    const agent = `${group}-agent`;
    const meshNamespace = props.meshNamespace ?? 'istio-system';
    const suffix = props.revision ? `-${props.revision}` : '';

    this.serviceAccount = new k8s.KubeServiceAccount(this, 'account', {
      metadata: { name: agent, namespace, labels },
    });

    this.grant('workload', { name: agent, namespace, labels }, agent, namespace, [
      named('networking.istio.io', 'workloadgroups', [group], READ),
      { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], verbs: READ },
      named('', 'configmaps', ['istio-ca-root-cert'], READ),
      named('', 'serviceaccounts/token', unique([props.workloadServiceAccount, agent]), ['create']),
    ]);

    // A namespace holds no dot, so that two groups of one name never share this Role.
    const meshRole = { name: `${namespace}.${agent}`, namespace: meshNamespace, labels };
    this.grant('mesh', meshRole, agent, namespace, [
      named('', 'configmaps', [`istio${suffix}`, `istio-sidecar-injector${suffix}`], READ),
      named('', 'services', [props.gatewayService ?? 'istio-eastwestgateway'], READ),
    ]);
  }

  private grant(
    id: string,
    metadata: k8s.ObjectMeta & { readonly name: string },
    account: string,
    accountNamespace: string,
    rules: k8s.PolicyRule[],
  ): void {
    new k8s.KubeRole(this, `${id}-role`, { metadata, rules });
    new k8s.KubeRoleBinding(this, `${id}-binding`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: accountNamespace }],
    });
  }
}

function named(apiGroup: string, resource: string, resourceNames: string[], verbs: string[]): k8s.PolicyRule {
  return { apiGroups: [apiGroup], resources: [resource], resourceNames, verbs };
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
