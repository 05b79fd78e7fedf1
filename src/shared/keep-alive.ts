/** The longest delay of a Node.js timer. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Keeps the process alive: what an ending waits for may be nothing that the event loop knows of, and
 * then Node.js would end in the middle of it.
 * @returns a function that ends it
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, MAX_TIMER_MS);
  return () => clearInterval(timer);
}
