import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually, type Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { Inside } from './inside';
import { RELABELS } from './istio-metrics';

/** Where it listens, inside the lab. */
export const PROMETHEUS = 'http://127.0.0.1:9797';

/** Starts a real Prometheus (Debian: prometheus) that scrapes the client's real Envoy every two seconds. */
export async function startPrometheus(lab: Lab): Promise<{ remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-prometheus-'));
  const ip = ['get', 'pod', 'client', '-n', NAMESPACE, '-o', 'jsonpath={.status.podIP}'];
  const address = (await lab.kubectl(...ip)).trim();
  const config = {
    global: { scrape_interval: '2s' },
    scrape_configs: [
      {
        job_name: 'client',
        metrics_path: '/stats/prometheus',
        static_configs: [{ targets: [`${address}:15090`] }],
        metric_relabel_configs: RELABELS,
      },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  const prometheus = new Inside(lab, 'prometheus', [
    ...['prometheus', `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`],
    `--web.listen-address=${new URL(PROMETHEUS).host}`,
  ]);
  await prometheus.start();
  await eventually('Prometheus is ready', 30, () =>
    lab.run('lab', ['curl', '--silent', '--fail', `${PROMETHEUS}/-/ready`]).then(
      () => true,
      () => false,
    ),
  );
  return {
    async remove() {
      await prometheus.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
