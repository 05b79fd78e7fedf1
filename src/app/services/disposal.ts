/**
 * What ends a value that says how it is ended: a server of Node.js, a Fastify instance, an
 * AsyncDisposableStack. Undefined for any other.
 */
export function disposalOf(value: unknown): (() => unknown) | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = value as Partial<
    AsyncDisposable & Disposable
  >;
  const dispose = typeof later === "function" ? later : now;
  return typeof dispose === "function" ? () => dispose.call(value) : undefined;
}
