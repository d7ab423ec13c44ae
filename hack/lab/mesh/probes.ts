import { DEPLOYMENTS } from './install';

/** A part of a lab, and the shell command that ends with 0 if it answers. */
export interface Probe {
  readonly name: string;
  readonly probe: string;
}

/** What `status` asks of the pods that the mesh hangs on. */
export function meshProbes(kubectl: string, kubeconfig: string): Probe[] {
  const client = `${kubectl} --kubeconfig ${kubeconfig} --namespace smm-demo wait --timeout=2s`;
  return [
    ...DEPLOYMENTS.map((name) => deploymentProbe(kubectl, kubeconfig, 'istio-system', name)),
    { name: 'client', probe: `${client} --for=condition=Ready pod/client` },
  ];
}

/** Whether a Deployment has the pods it wants. */
export function deploymentProbe(kubectl: string, kubeconfig: string, namespace: string, name: string): Probe {
  const wait = `${kubectl} --kubeconfig ${kubeconfig} --namespace ${namespace} wait --timeout=2s`;
  return { name, probe: `${wait} --for=condition=Available deployment/${name}` };
}
