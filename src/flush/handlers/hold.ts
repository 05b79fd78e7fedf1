/** A response whose end is held back, as by a slow network. */
export interface Hold {
  /** Whether a part of the response is held back, so that its client still waits. */
  readonly holds: boolean;
  /** Lets everything go. Idempotent; never throws. */
  release(): void;
}

/**
 * Shadows the inherited method of the same name. Only if the object has no own method: that would belong to
 * somebody who already holds it.
 * @returns a function that removes it again
 */
export function shadow<T extends object>(
  object: T,
  name: keyof T & string,
  method: (...args: never[]) => unknown,
): () => void {
  Object.defineProperty(object, name, { value: method, configurable: true, writable: true });
  return () => void delete object[name];
}
