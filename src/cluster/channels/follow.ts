/** An event emitter. */
export interface Source {
  on(event: string, listener: (message: unknown) => void): unknown;
  removeListener(event: string, listener: (message: unknown) => void): unknown;
}

/**
 * Adds a listener.
 * @returns a function that removes it
 */
export function follow(
  source: Source,
  event: string,
  listener: (message: unknown) => void,
): () => void {
  source.on(event, listener);
  return () => void source.removeListener(event, listener);
}
