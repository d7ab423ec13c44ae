import { CommandError } from '../../lab/run';
import { eventually, type Lab } from '../lab';
import type { LoadOptions, Totals } from '../load';
import { NAMESPACE } from '../migration';
import type { Vm } from '../vm';

/** A pod's or a machine's own shell: the command that runs another one there. */
export type Place = readonly [string, ...string[]];

export const CLIENT: Place = ['kubectl', 'exec', '-i', '-n', NAMESPACE, 'client', '-c', 'client', '--'];

/** The place that a machine is. */
export function onMachine(vm: Vm): Place {
  return ['docker', 'exec', '-i', vm.name];
}

/** Runs a shell script at a place. */
export function at(lab: Lab, [command, ...args]: Place, script: string): Promise<string> {
  return lab.run(command, [...args, 'sh', '-c', script]);
}

let count = 0;

/**
 * A load that goes on by itself at its place and keeps its result there, so that it also counts while the API server,
 * over which a command in a pod is followed, is away.
 */
export class DetachedLoad {
  private readonly file = `/tmp/load-${++count}-${process.pid}.json`;

  private constructor(
    private readonly lab: Lab,
    private readonly place: Place,
  ) {}

  static async start(lab: Lab, place: Place, options: LoadOptions): Promise<DetachedLoad> {
    const load = new DetachedLoad(lab, place);
    const { url, rate, seconds, newConnections } = options;
    const args = `--seconds ${seconds} --rate ${rate} ${newConnections ? '--new-connections ' : ''}${url}`;
    await at(
      lab,
      place,
      `setsid sh -c 'echo $$ > ${load.file}.pid; exec load ${args}' > ${load.file} 2>&1 < /dev/null &`,
    );
    return load;
  }

  /** Ends it: what is under way is still answered and counted. */
  async end(): Promise<Totals> {
    await at(this.lab, this.place, `kill -TERM $(cat ${this.file}.pid) || true`);
    let totals: Totals | undefined;
    await eventually('the load ends', 30, async () => {
      const last = await at(this.lab, this.place, `tail -n 1 ${this.file}`).catch((error: Error) => {
        if (error instanceof CommandError) return '';
        throw error;
      });
      if (!last.includes('"total"')) return false;
      totals = JSON.parse(last) as Totals;
      return true;
    });
    return totals as Totals;
  }
}

/** Does something under loads, which end where it fails: they would disturb what is played next. */
export async function under<T>(loads: readonly DetachedLoad[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await Promise.all(loads.map((load) => load.end().catch(() => {})));
    throw error;
  }
}

/** When requests failed, and of what: one line for each kind. */
export function failuresTold({ failures }: Totals): string {
  if (failures.length === 0) return '';
  const first = failures[0]?.at ?? 0;
  const last = failures.at(-1)?.at ?? 0;
  const kinds = new Map<string, number>();
  for (const { reason } of failures) {
    const kind = reason.replace(/\s+/g, ' ').slice(0, 60);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const parts = [...kinds].map(([kind, times]) => `${times} × ${kind}`);
  return ` within ${(last - first).toFixed(1)} s: ${parts.join('; ')}`;
}

const SLOW = `
import http.client, json, sys, threading, time
url, number, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
seen, lock = [], threading.Lock()
def ask():
    try:
        connection = http.client.HTTPConnection(url, 8080, timeout=seconds + 20)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(seconds))
        connection.endheaders()
        for _ in range(seconds):
            connection.send(b"x")
            time.sleep(1)
        response = connection.getresponse()
        text = response.read()
        said = response.headers.get("X-Workload") if response.status == 200 and len(text) == seconds else f"HTTP {response.status}"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    with lock:
        seen.append(said)
threads = [threading.Thread(target=ask) for _ in range(number)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(seen))
`;

/**
 * Requests that take long, since their bodies come a byte a second, all begun at once.
 *
 * @returns who answered each of them, or why nobody did
 */
export async function slowRequests(
  lab: Lab,
  host: string,
  number: number,
  seconds: number,
): Promise<string[]> {
  const [command, ...args] = CLIENT;
  return JSON.parse(
    await lab.run(command, [...args, 'python3', '-c', SLOW, host, String(number), String(seconds)]),
  );
}
