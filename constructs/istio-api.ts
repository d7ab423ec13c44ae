/**
 * Turns the enumerations of the generated types into plain strings, so that manifests can be written as they read
 * in YAML and the 9,000 generated lines stay out of the program.
 */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends object
    ? { readonly [K in keyof T]: Plain<T[K]> }
    : T;

/** API versions that an Istio release is given. */
export interface IstioApi {
  /** Of WorkloadGroup, ServiceEntry, DestinationRule, VirtualService and Gateway. */
  readonly networking: string;
  /** Of PeerAuthentication. */
  readonly security: string;
}

/**
 * API versions for a release of Istio: `v1` from 1.22 on, the versions that every earlier release serves below.
 *
 * @param istio version, e.g. `1.15` or `1.22.3`
 * @see https://istio.io/latest/blog/2024/v1-apis/
 */
export function istioApi(istio: string): IstioApi {
  const [major = 0, minor = 0] = istio.split('.').map(Number);
  const stable = major > 1 || minor >= 22;
  return {
    networking: `networking.istio.io/${stable ? 'v1' : 'v1alpha3'}`,
    security: `security.istio.io/${stable ? 'v1' : 'v1beta1'}`,
  };
}
