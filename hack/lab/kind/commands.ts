/** A command line of the kind provider: the program, then its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** What is told to kind: one node, with the local provider's networks for pods and Services. */
export function kindConfig(pods: string, services: string): string {
  const config = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { podSubnet: pods, serviceSubnet: services },
    nodes: [{ role: 'control-plane' }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Makes the cluster and waits for its node. */
export function createCluster(name: string, config: string, kubeconfig: string): CommandLine {
  const files = ['--config', config, '--kubeconfig', kubeconfig];
  return ['kind', 'create', 'cluster', '--name', name, ...files, '--wait', '120s'];
}

/** Puts the images of pods onto the node. */
export function loadPodImages(name: string, archive: string): CommandLine {
  return ['kind', 'load', 'image-archive', archive, '--name', name];
}

/** Puts the VM's image into the engine that also runs the node. */
export function loadVmImage(archive: string): CommandLine {
  return ['docker', 'load', '--quiet', '--input', archive];
}

/** Prints the node's address on the network `kind`: what gateways are reached at. */
export function nodeAddress(name: string): CommandLine {
  return [
    'docker',
    'inspect',
    '--format',
    '{{.NetworkSettings.Networks.kind.IPAddress}}',
    `${name}-control-plane`,
  ];
}

/** Gives a gateway's Service the node's address: kube-proxy serves it there, and kind has no load balancers. */
export function setLoadBalancer(service: string, address: string): string[] {
  const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
  const where = ['--namespace', 'istio-system', 'patch', 'service', service];
  return [...where, '--subresource', 'status', '--type', 'merge', '--patch', patch];
}

/** Prints the clusters there are, one a line. */
export const listClusters: CommandLine = ['kind', 'get', 'clusters'];

/** Removes the cluster, with its node's container. */
export function deleteCluster(name: string): CommandLine {
  return ['kind', 'delete', 'cluster', '--name', name];
}
