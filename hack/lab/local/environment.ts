import { ADDRESSES } from '../addresses';
import type { LabEnvironment } from '../env';
import { APP_IMAGE, VM_IMAGE } from '../parts/images';
import type { Layout } from './layout';

/** What a running lab gives to a shell. `sidecarPackage` is the path of the .deb for VMs. */
export function labEnvironment(name: string, lab: Layout, sidecarPackage: string): LabEnvironment {
  return {
    bin: lab.bin,
    variables: {
      MESHFERRY_LAB: name,
      KUBECONFIG: lab.kubeconfig,
      DOCKER_HOST: `unix://${lab.dockerSocket}`,
      MESHFERRY_LAB_APP_IMAGE: APP_IMAGE,
      MESHFERRY_LAB_VM_IMAGE: VM_IMAGE,
      MESHFERRY_LAB_SIDECAR_PACKAGE: sidecarPackage,
      MESHFERRY_LAB_INGRESS: ADDRESSES.ingressGateway,
      MESHFERRY_LAB_API_SERVER: `https://${ADDRESSES.node}:6443`,
      MESHFERRY_LAB_ISTIOD: ADDRESSES.eastWestGateway,
    },
  };
}
