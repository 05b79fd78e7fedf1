/** The longest delay of a Node.js timer. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Keeps the process alive during a shutdown: it may wait for something that the event loop does not see,
 * and then Node.js would exit in the middle.
 * @returns a function that ends it
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, MAX_TIMER_MS);
  return () => clearInterval(timer);
}
