/** A response whose end is kept back, as by a network that is slow. */
export interface Hold {
  /** Whether something of the response is kept back, without which its client waits for the rest. */
  readonly holds: boolean;
  /** Lets everything go. Idempotent; never throws. */
  release(): void;
}

/**
 * Puts `method` before the inherited one of the same name. Only where the object has none of its own:
 * that would be somebody else's who holds it already.
 * @returns a function that takes it away again
 */
export function shadow<T extends object>(
  object: T,
  name: keyof T & string,
  method: (...args: never[]) => unknown,
): () => void {
  Object.defineProperty(object, name, { value: method, configurable: true, writable: true });
  return () => void delete object[name];
}
