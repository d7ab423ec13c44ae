/** What every Istio object of this library takes. */
export interface IstioObjectProps {
  /** Version of Istio, `1.15` or `1.15.3`: decides the apiVersion. */
  readonly istio: string;
  /** Name of the object, used as it is: no hash is added. */
  readonly name: string;
  /**
   * Namespace of the object.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;
}
