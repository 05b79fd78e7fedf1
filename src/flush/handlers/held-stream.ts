import type { Http2ServerResponse } from "node:http2";
import { type Hold, shadow } from "./hold.ts";

/**
 * Holds back what ends the stream of an HTTP/2 response: the call of `stream.end()`, and the header block of
 * a response without a body, which would carry the end. Everything else leaves.
 * @returns undefined for a response whose stream has ended or is already held
 */
export function holdStream(response: Http2ServerResponse): Hold | undefined {
  const { stream } = response;
  if (stream === undefined || stream.destroyed || stream.closed) return undefined;
  if (Object.hasOwn(stream, "end") || Object.hasOwn(stream, "respond")) return undefined;
  const kept: (() => unknown)[] = [];
  let isHeaderKept = false;
  type Respond = typeof stream.respond;
  const respond: Respond = stream.respond.bind(stream);
  const end = stream.end.bind(stream) as (...args: unknown[]) => typeof stream;
  const undo = [
    shadow(stream, "respond", (...[headers, options]: Parameters<Respond>) => {
      if (options?.endStream !== true) return respond(headers, options);
      // The program may go on to change the object.
      const asEnded: typeof headers = Array.isArray(headers)
        ? [...headers]
        : Object.assign({}, headers);
      isHeaderKept = true;
      kept.push(() => respond(asEnded, options));
    }),
    shadow(stream, "end", (...args: unknown[]) => {
      kept.push(() => end(...args));
      return stream;
    }),
  ];
  let isOpen = false;
  const release = (): void => {
    if (isOpen) return;
    isOpen = true;
    process.removeListener("exit", release);
    for (const restore of undo) restore();
    for (const call of kept) {
      // The client or the program has cancelled it meanwhile.
      if (stream.destroyed || stream.closed) return;
      call();
    }
  };
  process.on("exit", release);
  return {
    get holds() {
      if (stream.destroyed) return false;
      // For HEAD, 204 and 304 the end has already left with the header block.
      return isHeaderKept || (kept.length > 0 && !stream.writableEnded);
    },
    release,
  };
}
