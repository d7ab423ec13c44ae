/** The library: declare migrations, plan and render them, in a cdk8s app of your own. */
export * from './config';
export * from './constructs';
export * from './output';
export type { Phase, Weights } from './plan/phase';
export { plan } from './plan/plan';
