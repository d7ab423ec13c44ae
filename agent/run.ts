export async function keepInMesh(_: unknown): Promise<void> {}
