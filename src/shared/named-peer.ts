let current: string | undefined;

/**
 * Names the service to which `call` makes a request, for the label `service.peer.name` of our client
 * metrics (OpenTelemetry semantic conventions). Applies only to requests that `call` starts before it
 * returns.
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

/** The peer name for a request that starts now, if there is one. */
export function peerName(): string | undefined {
  return current;
}
