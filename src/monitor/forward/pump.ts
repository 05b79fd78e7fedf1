import type { Readable, Writable } from "node:stream";

/** The side of a stream that takes: messages of HTTP are almost, but not all, a Writable. */
export type Sink = Pick<Writable, "write" | "on" | "off">;

/**
 * Hands on what comes, as fast as it is taken. Ends nothing by itself, and so costs less than `pipe`.
 * @param onEnd called once when all of it was handed on
 * @returns a function that stops
 */
export function pump(from: Readable, to: Sink, onEnd: () => void): () => void {
  const onData = (chunk: Buffer): void => {
    if (!to.write(chunk)) from.pause();
  };
  const onDrain = (): void => void from.resume();
  from.on("data", onData);
  from.on("end", onEnd);
  to.on("drain", onDrain);
  return () => {
    from.off("data", onData);
    from.off("end", onEnd);
    to.off("drain", onDrain);
  };
}
