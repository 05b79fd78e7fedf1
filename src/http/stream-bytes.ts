/** The bytes of the bodies of an HTTP/2 stream, without frames. Undefined if unknown. */
export interface StreamBytes {
  readonly read: number | undefined;
  readonly written: number | undefined;
}

interface Handle {
  readonly bytesRead?: unknown;
  readonly bytesWritten?: unknown;
}

const UNKNOWN: StreamBytes = { read: undefined, written: undefined };

/** The key of a stream's handle in Node.js. It is private, so it is searched once. */
let handleKey: symbol | undefined;

/** Reads the counters of an open stream's handle. */
export function streamBytes(stream: object): StreamBytes {
  handleKey ??= Object.getOwnPropertySymbols(stream).find(
    (symbol) => symbol.description === "kHandle",
  );
  if (handleKey === undefined) return UNKNOWN;
  const handle = (stream as Record<symbol, Handle | undefined>)[handleKey];
  return handle === undefined
    ? UNKNOWN
    : { read: count(handle.bytesRead), written: count(handle.bytesWritten) };
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
