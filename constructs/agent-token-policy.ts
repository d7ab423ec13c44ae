import { Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import * as k8s from '../imports/k8s';

/** Properties of an {@link AgentTokenPolicy}. */
export interface AgentTokenPolicyProps {
  /** Name of both objects, which belong to no namespace. */
  readonly name: string;
  /** Namespace of the accounts. */
  readonly namespace: string;
  /** ServiceAccounts that the agents sign in as. */
  readonly accounts: readonly string[];
  /** Service account that the machine's workload identity is issued for. */
  readonly workloadServiceAccount: string;
  /**
   * Labels of the objects.
   *
   * @default - those of the chart
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Kubernetes serves version v1 of the policy from this minor version on. */
const FIRST_MINOR = 30;
/** The audience that istiod asks for in a machine's token. */
const ISTIOD = 'istio-ca';
/** Life of the workload's tokens, in seconds: the agent asks for a new one every half hour. */
const WORKLOAD_SECONDS = 3600;
/** Life of the agent's own tokens, in seconds: so long a machine may be off and come back by itself. */
const OWN_SECONDS = 30 * 86_400;

/**
 * Binds the tokens that agents ask for to what they need: of the workload's account a token for istiod alone, an hour
 * at most; of their own account none for istiod, and 30 days at most.
 *
 * RBAC says of which accounts an agent may create tokens, and nothing about the tokens. Without this policy whoever
 * takes a machine over may ask for a token of the workload's account that the API server itself takes, or any other
 * service that trusts the cluster, for as long as the API server grants one.
 *
 * The audience of the API server is not the same in every cluster, and the API server has filled it in before a policy
 * sees the request: so an agent's own tokens are only kept from istiod.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class AgentTokenPolicy extends Construct {
  /** Whether a cluster of this version, e.g. `1.30` or `1.30.2`, knows the policy. */
  static isServed(kubernetes: string): boolean {
    return Number(kubernetes.split('.')[1]) >= FIRST_MINOR;
  }

  constructor(scope: Construct, id: string, props: AgentTokenPolicyProps) {
    super(scope, id);
    const { name, namespace, accounts, workloadServiceAccount, labels } = props;
    const metadata = { name, labels };
    const users = accounts.map((account) => `system:serviceaccount:${namespace}:${account}`);
    const policy = new k8s.KubeValidatingAdmissionPolicy(this, 'policy', {
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['serviceaccounts/token'],
            },
          ],
        },
        matchConditions: [
          { name: 'asked-by-an-agent', expression: `request.userInfo.username in ${list(users)}` },
        ],
        variables: [
          { name: 'audiences', expression: 'object.spec.?audiences.orValue([])' },
          { name: 'seconds', expression: 'object.spec.?expirationSeconds.orValue(3600)' },
          { name: 'isWorkload', expression: `request.name == ${literal(workloadServiceAccount)}` },
        ],
        validations: [
          {
            expression: `variables.isWorkload ? variables.audiences == ${list([ISTIOD])} : !(${literal(ISTIOD)} in variables.audiences)`,
            message: `an agent may ask for a token of ${workloadServiceAccount} for ${ISTIOD} alone, and for no other token for ${ISTIOD}`,
            reason: 'Forbidden',
          },
          {
            expression: `variables.seconds <= (variables.isWorkload ? ${WORKLOAD_SECONDS} : ${OWN_SECONDS})`,
            message: `an agent may ask for a token of ${workloadServiceAccount} for ${WORKLOAD_SECONDS} s at most, and for one of its own account for ${OWN_SECONDS} s at most`,
            reason: 'Forbidden',
          },
        ],
      },
    });
    const binding = new k8s.KubeValidatingAdmissionPolicyBinding(this, 'binding', {
      metadata,
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    // Neither belongs to a namespace, and cdk8s gives every object that of its chart.
    if (Chart.of(this).namespace === undefined) return;
    for (const object of [policy, binding]) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}

/** A text of CEL. The names that come here are DNS names, which hold nothing that would need escaping. */
function literal(text: string): string {
  return `'${text}'`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}
