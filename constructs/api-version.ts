/**
 * The apiVersion of Istio's networking kinds (WorkloadGroup, VirtualService, …) that an installation serves.
 *
 * Istio serves `v1` since 1.22. Before, `v1alpha3` is the version that every release down to 1.8 serves.
 *
 * @param istio version of Istio, `1.15` or `1.15.3`
 * @throws when `istio` is not such a version
 * @see https://istio.io/latest/blog/2024/v1-apis/
 */
export function networkingApi(istio: string): string {
  return servesV1(istio) ? 'networking.istio.io/v1' : 'networking.istio.io/v1alpha3';
}

/**
 * The apiVersion of Istio's security kinds (PeerAuthentication) that an installation serves.
 *
 * @param istio version of Istio, `1.15` or `1.15.3`
 * @throws when `istio` is not such a version
 * @see https://istio.io/latest/blog/2024/v1-apis/
 */
export function securityApi(istio: string): string {
  return servesV1(istio) ? 'security.istio.io/v1' : 'security.istio.io/v1beta1';
}

/**
 * The apiVersion of TCPRoute that an installation of Istio watches. Another one is ignored without a word.
 *
 * @param istio version of Istio, `1.30` or `1.30.3`
 * @throws when `istio` is not such a version
 * @see https://gateway-api.sigs.k8s.io/guides/tcp/
 */
export function tcpRouteApi(istio: string): string {
  return `gateway.networking.k8s.io/${isAtLeast(istio, 31) ? 'v1' : 'v1alpha2'}`;
}

function servesV1(istio: string): boolean {
  return isAtLeast(istio, 22);
}

/** Whether a version of Istio is 1.`minor` or later. */
function isAtLeast(istio: string, wanted: number): boolean {
  const version = /^(\d+)\.(\d+)(\.|$)/.exec(istio);
  if (!version) throw new Error(`istio must be a version such as 1.15 or 1.15.3, got "${istio}"`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 1 || (major === 1 && minor >= wanted);
}
