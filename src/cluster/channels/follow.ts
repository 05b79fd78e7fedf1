/** What can be listened to. */
export interface Source {
  on(event: string, listener: (message: unknown) => void): unknown;
  removeListener(event: string, listener: (message: unknown) => void): unknown;
}

/** @returns a function that ends it */
export function follow(
  source: Source,
  event: string,
  listener: (message: unknown) => void,
): () => void {
  source.on(event, listener);
  return () => void source.removeListener(event, listener);
}
