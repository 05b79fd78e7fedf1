import type { ServerResponse } from "node:http";
import { isFlushDue, isHttp2, type RequestFlush, type NodeResponse } from "./target.ts";

/** Where Node.js keeps the length that the header block declares; an old field, and not documented. */
interface Declared {
  readonly _contentLength?: number | null;
}

/**
 * Calls `flushBehind` for the write that completes a body of declared length, such as a piped file: the
 * client then has the whole response, before anybody calls `end`.
 */
export function watchLength(
  response: NodeResponse,
  flush: RequestFlush,
  flushBehind: (send: () => boolean) => boolean,
): void {
  // In HTTP/2, the end of a stream is its own frame.
  if (isHttp2(response)) return;
  // oxlint-disable-next-line typescript/unbound-method -- called with the response as `this`
  const write = response.write as (...args: unknown[]) => boolean;
  let written = 0;
  response.write = function (this: ServerResponse, ...args: unknown[]): boolean {
    const send = (): boolean => Reflect.apply(write, this, args);
    const declared = declaredLength(this);
    if (declared === undefined) return send();
    const before = written;
    written += byteLength(args[0], args[1]);
    const completes = before < declared && written >= declared;
    return completes && isFlushDue(flush) ? flushBehind(send) : send();
  } as ServerResponse["write"];
}

function declaredLength(response: ServerResponse): number | undefined {
  const { _contentLength: composed } = response as Declared;
  const length = response.headersSent ? composed : response.getHeader("content-length");
  const bytes = length === undefined || length === null ? Number.NaN : Number(length);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(
      chunk,
      typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8",
    );
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
