import { createServer, type Server } from 'node:http';

/** Values that the agent exports as metrics. */
export interface Measured {
  /** The group that the machine is of. */
  group: { readonly namespace: string; readonly name: string };
  /** Whether the mesh knows the machine. */
  registered: boolean;
  /** Whether the mesh sends it traffic. */
  healthy: boolean;
  /** Whether its group was retired. */
  retired: boolean;
  /** Whether the API server answers. */
  connected: boolean;
  certificateExpires?: Date | undefined;
  bearerTokenExpires?: Date | undefined;
  istioTokenExpires?: Date | undefined;
  lastReconcile?: Date | undefined;
  /** Changes made to the machine since the agent started. */
  changes: number;
  /** Restarts of Istio by the agent since it started. */
  restarts: number;
  /** Resets of the connection to istiod by the agent since it started. */
  reconnects: number;
  /** Reconciles that failed since the agent started. */
  failures: number;
}

const PREFIX = 'meshferry_agent_';

/** The metrics in Prometheus' text format. */
export function metricsText(measured: Measured): string {
  const lines: string[] = [];
  const add = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    value: boolean | number | Date | undefined,
  ) => {
    if (value === undefined) return;
    const number = value instanceof Date ? value.getTime() / 1000 : Number(value);
    lines.push(
      `# HELP ${PREFIX}${name} ${help}`,
      `# TYPE ${PREFIX}${name} ${type}`,
      `${PREFIX}${name} ${number}`,
    );
  };
  const { namespace, name } = measured.group;
  lines.push(
    `# HELP ${PREFIX}info The WorkloadGroup of this machine.`,
    `# TYPE ${PREFIX}info gauge`,
    `${PREFIX}info{namespace="${namespace}",workload_group="${name}"} 1`,
  );
  add('registered', 'gauge', 'Whether the mesh knows this machine.', measured.registered);
  add('healthy', 'gauge', 'Whether the mesh sends this machine traffic.', measured.healthy);
  add('retired', 'gauge', "Whether this machine's group was retired.", measured.retired);
  add('api_server_connected', 'gauge', 'Whether the API server answers.', measured.connected);
  add(
    'certificate_expiry_seconds',
    'gauge',
    'When the workload certificate ends, in Unix time.',
    measured.certificateExpires,
  );
  add(
    'bearer_token_expiry_seconds',
    'gauge',
    "When the agent's own token ends, in Unix time.",
    measured.bearerTokenExpires,
  );
  add(
    'istio_token_expiry_seconds',
    'gauge',
    "When Istio's token ends, in Unix time.",
    measured.istioTokenExpires,
  );
  add(
    'last_reconcile_seconds',
    'gauge',
    'When the machine last matched the mesh, in Unix time.',
    measured.lastReconcile,
  );
  add('changes_total', 'counter', 'Changes made to this machine.', measured.changes);
  add('istio_restarts_total', 'counter', 'Restarts of Istio by the agent.', measured.restarts);
  add(
    'istiod_reconnects_total',
    'counter',
    'Resets of the connection to istiod by the agent.',
    measured.reconnects,
  );
  add('reconcile_failures_total', 'counter', 'Reconciles that failed.', measured.failures);
  return `${lines.join('\n')}\n`;
}

/** Serves the metrics on loopback, GET /metrics. */
export function serveMetrics(port: number, measured: () => Measured, failed: (error: Error) => void): Server {
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(found ? metricsText(measured()) : 'GET /metrics\n');
  });
  server.on('error', failed);
  server.listen(port, '127.0.0.1');
  return server;
}
