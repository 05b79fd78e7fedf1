let depth = 0;

/**
 * Makes a request that our client metrics do not count, such as a probe's. Applies only to requests that
 * `call` starts before it returns.
 */
export function unmeasured<T>(call: () => T): T {
  depth++;
  try {
    return call();
  } finally {
    depth--;
  }
}

/** Whether a request that starts now is not counted. */
export function isUnmeasured(): boolean {
  return depth > 0;
}
