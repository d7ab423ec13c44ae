import { resolve } from 'node:path';
import { analytics, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { withWalk } from '../walk';

const NAME = 'survey';
const MESHFERRY = resolve(__dirname, '../../../bin/meshferry.js');
const AGENT = resolve(__dirname, '../../../lib/agent/meshferry-agent-linux-x64');

/** A TCP service that answers what it is told, and keeps a connection to another service. */
const LEDGER = `import socket, socketserver, time
for _ in range(50):
    try:
        peer = socket.create_connection(("127.0.0.1", 7001)); break
    except OSError:
        time.sleep(0.2)
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line)
socketserver.ThreadingTCPServer(("0.0.0.0", 7002), Echo).serve_forever()
`;

/** Three services that nobody has told meshferry about. */
const FILES: Readonly<Record<string, string>> = {
  '/etc/orders.env': 'DB_PASSWORD=hunter2\nLOG_LEVEL=info\n',
  '/opt/ledger/ledger.py': LEDGER,
  '/etc/systemd/system/orders.service': unit(
    'EnvironmentFile=/etc/orders.env\nUser=nobody\nWorkingDirectory=/usr/share\nExecStart=/usr/bin/python3 -m http.server 7001',
  ),
  '/etc/systemd/system/ledger.service': unit('ExecStart=/usr/bin/python3 /opt/ledger/ledger.py'),
  '/etc/systemd/system/metrics.service': unit(
    'WorkingDirectory=/usr/share\nExecStart=/usr/bin/python3 -m http.server 7003 --bind 127.0.0.1',
  ),
};

function unit(service: string): string {
  return `[Service]\n${service}\n`;
}

/** What the agent sees of three units renders and verifies, and tells no secret. */
export const surveyMachine: Scenario = {
  name: NAME,
  agent: true,
  play: (context) => {
    const { lab, report } = context;
    return withWalk(context, NAME, { ...analytics(lab), phase: 'onboard' }, async (walk, repository) => {
      const vm = new Vm(lab, repository, 'vm-survey');
      walk.vm = vm;
      await vm.start();
      await lab.run('docker', ['cp', AGENT, `${vm.name}:/usr/local/bin/meshferry-agent`]);
      for (const [path, text] of Object.entries(FILES))
        await vm.exec('sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text);
      await vm.exec('systemctl', 'daemon-reload');
      await vm.exec('systemctl', 'start', 'orders', 'ledger', 'metrics');
      await vm.exec(
        'sh',
        '-c',
        'for p in 7001 7003; do until curl -s -o /dev/null localhost:$p; do sleep 0.2; done; done',
      );
      let json = '';
      await report.step(
        NAME,
        'meshferry-agent survey',
        'each unit, and no value of its environment',
        async () => {
          json = await vm.exec('meshferry-agent', 'survey', '--seconds', '5', '--ask', '--json');
          const { services, leftOut } = JSON.parse(json);
          const seen = services.map(
            (one: { name: string; user: string; ports: { number: number; http: number }[] }) =>
              `${one.name} as ${one.user} on ${one.ports.map(({ number, http }) => `${number}${http ? ' http' : ''}`)}`,
          );
          for (const wanted of [
            'orders as nobody on 7001 http',
            'ledger as root on 7002',
            'metrics as root on 7003 http',
          ])
            expect(seen.includes(wanted), `no "${wanted}": ${seen.join('; ')}`);
          expect(
            !json.includes('hunter2') && json.includes('"DB_PASSWORD"'),
            'the environment is not told by names',
          );
          expect(json.includes('"127.0.0.1:7001"'), 'the peer of ledger is not told');
          return `${seen.join('; ')}; left out: ${leftOut.length}`;
        },
      );
      await report.step(NAME, 'meshferry new --survey', 'renders and verifies', async () => {
        const run = (args: string[], input = '') =>
          lab.run(process.execPath, [MESHFERRY, ...args], { cwd: repository.folder, input });
        await run(['new', 'orders', 'ledger', 'metrics', '--survey', '-', '-n', 'smm-demo'], json);
        await run(['synth']);
        return (await run(['verify', 'dist'])).trim().split('\n').at(-1) ?? '';
      });
    });
  },
};
