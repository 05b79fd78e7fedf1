import type { Http2ServerResponse } from "node:http2";
import type { ServerResponse } from "node:http";
import { InvalidOptionError } from "../../shared/errors.ts";

/** A response of `node:http`, `node:https`, or the compatible API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Whether a response is one of HTTP/2, whose connection has others beside it. */
export function isHttp2(response: NodeResponse): response is Http2ServerResponse {
  const { stream } = response as { readonly stream?: { readonly respond?: unknown } };
  return typeof stream?.respond === "function";
}

/** Flushes inside requests, as the wrappers of handlers ask for them: `taskmon.flush` is one. */
export interface RequestFlush {
  /** Whether a request that ends now is to flush. Asked at every request. */
  readonly isDue: boolean;
  /**
   * Exports, if it is time to and no other request does it. Settles within the time limit.
   * @param call bounds this flush further, in milliseconds
   */
  ifDue(call?: { readonly timeoutMs?: number }): Promise<unknown>;
  /**
   * Measures the request of this response now, as if its response had been sent, so that the flush has
   * it and its duration is without the flush's.
   */
  settle?(response: NodeResponse): void;
}

/** What the wrappers of handlers take: a Taskmon object is one. */
export interface FlushTarget {
  readonly flush: RequestFlush;
}

/**
 * Checks a wrapper's first argument.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushOf(target: FlushTarget): RequestFlush {
  const flush = (target as Partial<FlushTarget> | undefined)?.flush;
  if (typeof flush?.ifDue !== "function" || !("isDue" in flush)) {
    const expected = "a Taskmon object, or another whose flush has isDue and ifDue()";
    throw new InvalidOptionError("target", expected, target);
  }
  return flush;
}

/** Whether a flush is due; what goes wrong in the question is no trouble of the request's. */
export function isFlushDue(flush: RequestFlush): boolean {
  try {
    return flush.isDue;
  } catch {
    return false;
  }
}

/** Flushes, if it is due. Never rejects. */
export async function flushIfDue(flush: RequestFlush, timeoutMs?: number): Promise<void> {
  try {
    await flush.ifDue(timeoutMs === undefined ? undefined : { timeoutMs });
  } catch {
    // The flush has said so; here the request goes on.
  }
}
