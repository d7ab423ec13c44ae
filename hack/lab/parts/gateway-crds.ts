import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GATEWAY_API } from '../../import/gateway-api';
import { downloadModule } from '../../import/go-module';
import type { Part } from './part';

/** Definitions that Istio reads; the others of the channel need features of newer API servers, or nobody here. */
const FILES = ['gatewayclasses', 'gateways', 'grpcroutes', 'httproutes', 'referencegrants', 'tcproutes'].map(
  (name) => `config/crd/standard/gateway.networking.k8s.io_${name}.yaml`,
);

/** The CRDs of the Gateway API's standard channel, one file each. */
export const gatewayCrds: Part = {
  name: 'gateway-crds',
  inputs: async () => [GATEWAY_API.path, GATEWAY_API.version, GATEWAY_API.sum, ...FILES],
  async build(out) {
    const files = await downloadModule(GATEWAY_API);
    await mkdir(out, { recursive: true });
    for (const file of FILES) {
      const content = files.get(file);
      if (!content) throw new Error(`${GATEWAY_API.path}@${GATEWAY_API.version} has no ${file}`);
      await writeFile(join(out, basename(file)), content);
    }
  },
};
