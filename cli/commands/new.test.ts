import { readFileSync } from 'node:fs';
import { loadMigrations } from '../../config';
import { readSurvey } from '../../config/survey';
import { inFolder } from '../../test/workspace';
import type { Survey } from '../../text/survey';
import { newCommand } from './new';

const SURVEY: Survey = {
  host: 'rack-1',
  image: 'debian:12',
  seconds: 60,
  services: [
    {
      name: 'orders',
      unit: 'orders.service',
      user: 'orders',
      group: 'orders',
      command: ['/usr/bin/python3', '-m', 'http.server', '"8080"\nRUN evil'],
      workingDirectory: '/srv/orders',
      packages: ['python3-minimal', '$(evil)'],
      ports: [
        { number: 8080, loopback: false, http: 200 },
        { number: 9000, loopback: true, http: 404 },
        { number: 5000, loopback: false },
      ],
      environment: [{ name: 'DB_PASSWORD' }],
      files: ['/etc/orders.conf', '/etc/x\nRUN evil'],
      mounts: [{ path: '/data', type: 'nfs4', source: 'nas:/data' }],
      peers: ['10.0.0.8:5432'],
      callers: ['10.0.0.7'],
      cpu: 0.25,
      memoryMiB: 64,
    },
  ],
  leftOut: ['ssh.service listens on 22'],
};

const run = (...args: string[]) =>
  newCommand()
    .exitOverride()
    .parseAsync(['node', 'new', ...args]);

test('a survey becomes a migration that loads, and a Containerfile', () => {
  inFolder({ 'migrations/mesh.yaml': 'istio: "1.24"\n', 'survey.json': JSON.stringify(SURVEY) }, () => {
    const print = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    run('--survey', 'survey.json', '-n', 'shop');
    print.mockRestore();
    const [loaded] = loadMigrations('migrations');
    expect(loaded?.migration).toMatchObject({
      name: 'orders',
      namespace: 'shop',
      ends: 'onboard',
      ports: [
        { name: 'http', service: 8080 },
        { name: 'http-9000', service: 9000 },
        { name: 'tcp', service: 5000 },
      ],
    });
    expect(
      readFileSync('containers/orders/Containerfile', 'utf8'),
    ).toBe(`# orders.service on rack-1: a start. What the survey could not know is marked with "?".
FROM debian:12
RUN apt-get update && apt-get install --yes --no-install-recommends python3-minimal && rm -rf /var/lib/apt/lists/*
# ? It was seen with these. Copy what belongs to the image; data and secrets belong into volumes.
# COPY ["files/etc/orders.conf","/etc/orders.conf"]
# COPY ["files/etc/x\\nRUN evil","/etc/x\\nRUN evil"]
# ? ENV DB_PASSWORD: its value was not asked for.
WORKDIR /srv/orders
USER orders:orders
EXPOSE 8080
EXPOSE 9000
EXPOSE 5000
ENTRYPOINT ["/usr/bin/python3","-m","http.server","\\"8080\\"\\nRUN evil"]
`);
  });
});

test('files in the way, units that are not there and what is no survey are refused', async () => {
  await inFolder({ 'migrations/orders.yaml': '', 'survey.json': JSON.stringify(SURVEY) }, async () => {
    await expect(run('--survey', 'survey.json')).rejects.toThrow('migrations/orders.yaml exist already');
  });
  const hostile = { ...SURVEY, services: [{ ...SURVEY.services[0], name: '../../etc/passwd', ports: [] }] };
  expect(() => readSurvey('a.json', JSON.stringify(hostile))).toThrow(
    '"../../etc/passwd" must be a DNS-1123 label',
  );
  expect(() => readSurvey('a.json', 'no')).toThrow('is no JSON');
});
