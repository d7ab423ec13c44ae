import { PROTOCOLS, protocolOf } from '../config/port';

/** What is known of a service when its migration is declared. */
export interface NewMigration {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Number by the port's name; the first one is probed. */
  readonly ports: Readonly<Record<string, number>>;
  /** Path from the file to its JSON Schema. */
  readonly schema: string;
}

/** Text of a new migration's file, which says what each field is. */
export function migrationText({ name, namespace, image, ports, schema }: NewMigration): string {
  const [[first, number] = ['http', 8080]] = Object.entries(ports);
  const isHttp = PROTOCOLS[protocolOf(first) ?? ''] === 'http' && !first.startsWith('grpc');
  const probe = isHttp ? `httpGet: { path: /, port: ${number} }` : `tcpSocket: { port: ${number} }`;
  const answers = isHttp ? 'answers this with 200 to 399' : 'takes connections';
  return `# yaml-language-server: $schema=${schema}
# One service on its way from a virtual machine into Kubernetes: ${name}, after the name of this file.
# An editor that knows the line above completes and explains every field, and shows what it defaults to.
namespace: ${namespace}

# The current phase. Moving on is a change of this word and a pull request; so is going back.
# \`npx meshferry plan\` lists the phases, and what each changes.
phase: onboard

# What the service listens on. The first word of a name is its protocol: http, grpc, tcp, ...
ports:
${Object.entries(ports)
  .map(([port, at]) => `  ${port}: ${at}\n`)
  .join('')}
vm:
  # Who the machine is in the mesh. This account has to exist, and policies that let callers or callees in name it:
  # kubectl create serviceaccount ${name} --namespace ${namespace}
  serviceAccount: ${name}
  # Decides whether the VM serves at all: it gets traffic only while the service ${answers}.
  probe:
    ${probe}

# What takes over: a Deployment of this image. It renders from the phase \`deploy\` on.
kubernetes:
  image: ${image}
  # What else the pods have, in Kubernetes' own words. The container \`${name}\` is the one of this image.
  podTemplate:
    spec:
      serviceAccountName: ${name}

# How traffic moves, in percent to Kubernetes.
shift:
  steps: [10, 25, 50, 75, 100]
`;
}
