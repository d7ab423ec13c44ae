import { addressesOf, addressTowards, localAddresses } from '../machine/addresses';
import type { Session } from './session';

/** What the machine adds to the mesh's facts. */
export interface MachineFacts {
  /** Address that the mesh knows the machine by. */
  readonly nodeIp: string;
  /** Whether none of its interfaces has that address. */
  readonly external: boolean;
  /** Addresses of the API server: never captured, so that a broken sidecar cannot cut the agent off. */
  readonly apiServerAddresses: readonly string[];
}

/** Reads what the machine adds to the mesh's facts. */
export async function readMachineFacts({ config }: Session): Promise<MachineFacts> {
  const local = localAddresses();
  // The configured address was on an interface and no longer is: the machine has moved.
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
