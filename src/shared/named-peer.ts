let current: string | undefined;

/**
 * Names the service to which `call` makes a request, for the label `service.peer.name` of our client metrics
 * (OpenTelemetry semantic conventions). Only what `call` begins before it returns is meant.
 */
export function namedPeer<T>(name: string, call: () => T): T {
  const before = current;
  current = name;
  try {
    return call();
  } finally {
    current = before;
  }
}

/** The name for what begins now, where there is one. */
export function peerName(): string | undefined {
  return current;
}
