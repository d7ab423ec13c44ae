import { printable } from './printable';
import type { Survey, SurveyedPort, SurveyedService } from './survey';

/** One line of a comment, whatever the machine said. */
const comment = (text: string) => `# ${printable(text)}`.trimEnd();

/**
 * The migration that a unit begins with. It ends with the machine in the mesh, since nobody can survey an image; what
 * is not known stands in comments.
 */
export function migrationFile(
  { host }: Pick<Survey, 'host'>,
  service: SurveyedService,
  namespace: string,
): string {
  const { name, unit, ports, peers, callers } = service;
  const names = portNames(ports);
  const loopback = ports.filter((port) => port.loopback);
  const unasked = ports.filter(({ http }) => http === undefined);
  const failing = ports.filter(({ http }) => typeof http === 'number' && (http < 200 || http >= 400));
  const lines = [
    comment(`${unit} on ${host}, from a survey of it. What it could not know is marked with "?".`),
    `namespace: ${namespace}`,
    'phase: onboard',
    '# ? To go on to pods, take these two lines out and declare the image below.',
    'mode: long-term',
    'ends: onboard',
    'ports:',
    ...names.map(([port, called]) => `  ${called}: ${port.number}`),
    ...(unasked.length > 0
      ? [
          comment(
            `? Nobody asked which protocol ${unasked.map(({ number }) => number).join(', ')} speaks: call http what is HTTP, grpc what is gRPC.`,
          ),
        ]
      : []),
    ...loopback.map(({ number }) =>
      comment(
        `? ${number} listens on the loopback address alone: Istio delivers requests to the machine's own, so have it listen there too.`,
      ),
    ),
    ...failing.map(({ number, http }) =>
      comment(`? GET / on ${number} answers ${http}: give vm.probe a path that tells whether it is healthy.`),
    ),
    ...(failing.length > 0 ? ['vm:', `  probe: { tcpSocket: { port: ${failing[0]?.number} } }`] : []),
    '# kubernetes:',
    `#   image: registry.example.com/${name}:1 # ? built from containers/${name}/Containerfile`,
    '#   podTemplate:',
    '#     spec:',
    '#       containers:',
    `#         - name: ${name}`,
    `#           resources: { requests: { cpu: ${Math.max(10, Math.ceil(service.cpu * 1000))}m, memory: ${Math.max(16, Math.ceil(service.memoryMiB))}Mi } }`,
    ...(service.environment.length > 0
      ? [comment(`? Its environment: ${service.environment.map((one) => one.name).join(', ')}.`)]
      : []),
    ...(peers.length > 0
      ? [comment(`? It connects to ${peers.join(', ')}: pods have to reach them too.`)]
      : []),
    ...(callers.length > 0 ? [comment(`Called by ${callers.join(', ')} while it was watched.`)] : []),
    ...service.mounts.map(({ path, type, source }) =>
      comment(`? ${path} is a ${type} of ${source}: pods need a volume.`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Something to begin an image with: what runs, as whom, and which files it was seen with. */
export function containerfile({ host, image }: Survey, service: SurveyedService): string {
  const { unit, command, packages, ports, user, group, workingDirectory, files, environment } = service;
  const known = packages.filter((name) => /^[a-z0-9][a-z0-9+.-]*$/i.test(name));
  const isDebian = /^(debian|ubuntu):/.test(image ?? '');
  const lines = [
    comment(`${unit} on ${host}: a start. What the survey could not know is marked with "?".`),
    /^[a-z0-9]+:[a-z0-9.]+$/.test(image ?? '')
      ? `FROM ${image}`
      : 'FROM debian:12 # ? the distribution is not known',
    ...(known.length > 0
      ? isDebian
        ? [
            `RUN apt-get update && apt-get install --yes --no-install-recommends ${known.join(' ')} && rm -rf /var/lib/apt/lists/*`,
          ]
        : [comment(`? Install ${known.join(', ')}, which the program belongs to.`)]
      : [
          '# ? The program belongs to no package: copy it from the machine into this folder.',
          `COPY ${JSON.stringify([`files${command[0] ?? ''}`, command[0] ?? ''])}`,
        ]),
    ...(files.length > 0
      ? ['# ? It was seen with these. Copy what belongs to the image; data and secrets belong into volumes.']
      : []),
    ...files.map((file) => comment(`COPY ${JSON.stringify([`files${file}`, file])}`)),
    ...environment.map(({ name, value }) =>
      value === undefined
        ? comment(`? ENV ${name}: its value was not asked for.`)
        : comment(`? ENV ${name}=${JSON.stringify(value)}`),
    ),
    ...(workingDirectory === '/' ? [] : [`WORKDIR ${JSON.stringify(workingDirectory).slice(1, -1)}`]),
    ...(user === 'root' ? ['# ? It runs as root on the machine.'] : [`USER ${idOf(user)}:${idOf(group)}`]),
    ...ports.map(({ number }) => `EXPOSE ${number}`),
    `ENTRYPOINT ${JSON.stringify(command)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A user or group as Containerfiles take it. */
function idOf(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_');
}

/** Ports with their names: the first of a protocol is called by it alone. */
export function portNames(ports: readonly SurveyedPort[]): [SurveyedPort, string][] {
  const used = new Set<string>();
  return ports.map((port) => {
    const protocol = typeof port.http === 'number' ? 'http' : 'tcp';
    const name = used.has(protocol) ? `${protocol}-${port.number}` : protocol;
    used.add(protocol);
    return [port, name];
  });
}
