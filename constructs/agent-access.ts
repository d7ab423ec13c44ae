import { Construct } from 'constructs';
import { agentAccount } from '../config/agent-account';
import * as k8s from '../imports/k8s';
import { AgentTokenPolicy } from './agent-token-policy';

/** A machine that has an account of its own. */
export interface MachineAccount {
  /** Name of the machine, a DNS label. Its ServiceAccount is `<group>-agent.<name>`. */
  readonly name: string;
  /**
   * Address that the mesh knows the machine by. With it, the machine may read its own WorkloadEntry and no other.
   *
   * @default - not known: it may read every WorkloadEntry of the namespace whose name it knows
   */
  readonly address?: string;
}

/** Properties of an {@link AgentAccess}. */
export interface AgentAccessProps {
  /** Name of the WorkloadGroup. The agent's ServiceAccount is `<group>-agent`. */
  readonly group: string;
  /** Namespace of the WorkloadGroup. */
  readonly namespace: string;
  /** Service account that the machine's workload identity is issued for: the agent may ask for its tokens. */
  readonly workloadServiceAccount: string;
  /**
   * Machines with an account of their own, so that one can be revoked and the others stay. Where there are any, the
   * account that all machines of the group share does not exist.
   *
   * @default - none: the machines of the group share an account
   */
  readonly machines?: readonly MachineAccount[];
  /**
   * Network of the group, which is part of the name of a WorkloadEntry.
   *
   * @default - none
   */
  readonly network?: string;
  /**
   * Version of Kubernetes, e.g. `1.30`. From 1.30 on, a ValidatingAdmissionPolicy binds the tokens that the agents may
   * ask for to an audience and a life.
   *
   * @default - not known: no policy is rendered
   */
  readonly kubernetes?: string;
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
 * It may read its own WorkloadEntry, by name. A name holds the address of its machine: where that is declared, the Role
 * names the entry. Elsewhere the agent may get any entry of the namespace, but not list them: it has to know the name.
 *
 * It may not change an entry. `patch` on all of them would let whoever takes the machine over point any other machine's
 * entry at an address of their own; `delete` would take any other machine out of the mesh. An entry that no longer fits
 * its group is replaced without any right: end the connection to istiod, which removes the entry ten seconds later, and
 * let the machine register again. To change the ports of a machine that serves alone without that gap, a person
 * patches its entry.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export class AgentAccess extends Construct {
  /** Names of the ServiceAccounts that agents sign in as. */
  readonly accounts: readonly string[];

  constructor(scope: Construct, id: string, props: AgentAccessProps) {
    super(scope, id);
    const { group, namespace, labels, workloadServiceAccount } = props;
    const shared = agentAccount(group);
    const meshNamespace = props.meshNamespace ?? 'istio-system';
    const suffix = props.revision ? `-${props.revision}` : '';
    const machines: readonly Partial<MachineAccount>[] = props.machines?.length ? props.machines : [{}];
    this.accounts = machines.map(({ name }) => agentAccount(group, name));

    for (const [index, { address }] of machines.entries()) {
      const account = this.accounts[index] ?? shared;
      const entries = address === undefined ? {} : { resourceNames: [entryName(props, address)] };
      const metadata = { name: account, namespace, labels };
      new k8s.KubeServiceAccount(this, `account-${account}`, { metadata });
      this.grant(`workload-${account}`, metadata, [account], namespace, [
        named('networking.istio.io', 'workloadgroups', [group], READ),
        { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], ...entries, verbs: ['get'] },
        named('', 'configmaps', ['istio-ca-root-cert'], READ),
        named('', 'serviceaccounts/token', unique([workloadServiceAccount, account]), ['create']),
      ]);
    }

    // A namespace holds no dot, so that two groups of one name never share this Role.
    const acrossNamespaces = `${namespace}.${shared}`;
    const meshRole = { name: acrossNamespaces, namespace: meshNamespace, labels };
    this.grant('mesh', meshRole, this.accounts, namespace, [
      named('', 'configmaps', [`istio${suffix}`, `istio-sidecar-injector${suffix}`], READ),
      named('', 'services', [props.gatewayService ?? 'istio-eastwestgateway'], READ),
    ]);

    if (props.kubernetes !== undefined && AgentTokenPolicy.isServed(props.kubernetes)) {
      new AgentTokenPolicy(this, 'tokens', {
        name: acrossNamespaces,
        namespace,
        accounts: this.accounts,
        workloadServiceAccount,
        labels,
      });
    }
  }

  private grant(
    id: string,
    metadata: k8s.ObjectMeta & { readonly name: string },
    accounts: readonly string[],
    namespace: string,
    rules: k8s.PolicyRule[],
  ): void {
    new k8s.KubeRole(this, `${id}-role`, { metadata, rules });
    new k8s.KubeRoleBinding(this, `${id}-binding`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: accounts.map((name) => ({ kind: 'ServiceAccount', name, namespace })),
    });
  }
}

/** Name that istiod gives the entry of a machine. */
function entryName({ group, network }: AgentAccessProps, address: string): string {
  return [group, address.replaceAll(':', '-'), ...(network ? [network] : [])].join('-').slice(-253);
}

function named(apiGroup: string, resource: string, resourceNames: string[], verbs: string[]): k8s.PolicyRule {
  return { apiGroups: [apiGroup], resources: [resource], resourceNames, verbs };
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
