import { addressesOf, addressTowards, localAddresses } from '../machine/addresses';
import type { Session } from './session';

/** What the machine's own side adds to the mesh's facts. */
export interface MachineFacts {
  /** Address that the mesh knows the machine by. */
  readonly nodeIp: string;
  /** Whether that address is on none of its interfaces. */
  readonly external: boolean;
  /** Addresses of the API server: never captured, so that a broken sidecar cannot cut the agent off. */
  readonly apiServerAddresses: readonly string[];
}

/** Reads what the machine's own side adds to the mesh's facts. */
export async function readMachineFacts({ config }: Session): Promise<MachineFacts> {
  const local = localAddresses();
  // An address that was one of the machine's own and is gone cannot be reached: the machine has moved.
  const moved =
    config.nodeIp !== undefined && config.nodeIpIsLocal === true && !local.includes(config.nodeIp);
  const nodeIp =
    config.nodeIp === undefined || moved ? await addressTowards(config.apiServer.url) : config.nodeIp;
  return {
    nodeIp,
    external: !local.includes(nodeIp),
    apiServerAddresses: await addressesOf(config.apiServer.url),
  };
}
