import type { k8s } from 'cdk8s-plus-27';

/**
 * A generated type, with enums and quantities by their values and lists as they are read. Only types come from
 * `imports/` and from cdk8s-plus-27. The classes of `imports/` write one apiVersion, ours follows the version of Istio;
 * to load those of cdk8s-plus-27, one for each of 134 kinds, is a tenth of a render.
 */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends k8s.IntOrString | k8s.Quantity
    ? k8s.IntOrString extends T
      ? number | string
      : PlainObject<T>
    : T extends readonly (infer Element)[]
      ? readonly Plain<Element>[]
      : T extends object
        ? PlainObject<T>
        : T;

type PlainObject<T> = { readonly [Key in keyof T]: Plain<T[Key]> };
