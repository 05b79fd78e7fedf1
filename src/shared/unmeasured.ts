let depth = 0;

/**
 * Makes a request that our own client metrics are not to count: a probe's, say. Only what `call` begins
 * before it returns is meant.
 */
export function unmeasured<T>(call: () => T): T {
  depth++;
  try {
    return call();
  } finally {
    depth--;
  }
}

/** Whether what begins now is not to be counted. */
export function isUnmeasured(): boolean {
  return depth > 0;
}
