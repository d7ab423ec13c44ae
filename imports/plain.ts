/**
 * A type generated from a CRD, with enums by their values and lists as they are read. Only types come from
 * `imports/`: its classes write one apiVersion, ours follows the version of Istio.
 */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Element)[]
    ? readonly Plain<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;
