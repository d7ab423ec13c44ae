declare module 'postject' {
  /** Puts data into an executable, as a resource that the program finds by its name. */
  export function inject(
    file: string,
    resource: string,
    data: Buffer,
    options: { readonly sentinelFuse: string },
  ): Promise<void>;
}
