import type { Http2ServerResponse } from "node:http2";
import type { ServerResponse } from "node:http";
import { InvalidOptionError } from "../../shared/errors.ts";

/** A response of `node:http`, `node:https`, or the compatible API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Whether a response uses HTTP/2, where responses share a connection. */
export function isHttp2(response: NodeResponse): response is Http2ServerResponse {
  const { stream } = response as { readonly stream?: { readonly respond?: unknown } };
  return typeof stream?.respond === "function";
}

/** What handler wrappers call to flush: `taskmon.flush`. */
export interface RequestFlush {
  /** Whether a request that ends now should flush. Called at every request. */
  readonly isDue: boolean;
  /**
   * Exports if a flush is due and no other request is flushing. Settles within the time limit.
   * @param call limits this flush further
   */
  ifDue(call?: { readonly timeoutMs?: number }): Promise<unknown>;
  /**
   * Measures the request of this response now, as if the response had been sent, so that the flush includes
   * it and its duration excludes the flush.
   */
  settle?(response: NodeResponse): void;
}

/** What handler wrappers take: a Taskmon object, for example. */
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
    const expected = "a Taskmon object, or an object whose flush has isDue and ifDue()";
    throw new InvalidOptionError("target", expected, target);
  }
  return flush;
}

/** Whether a flush is due. An error in this check must not reach the request. */
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
    // The flush has reported it; the request goes on.
  }
}
