import type { Readable, Writable } from "node:stream";

/** The writable side. Not all of Node's HTTP messages are typed as a Writable. */
export type Sink = Pick<Writable, "write" | "on" | "off">;

/**
 * Copies data with backpressure. Never ends `to`, and so costs less than `pipe`.
 * @param onEnd called once, when everything was copied
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
