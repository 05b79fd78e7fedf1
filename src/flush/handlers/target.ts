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

/** What the wrappers of handlers flush: a Taskmon object is one. */
export interface FlushTarget {
  /** Whether a request that ends now is to flush. Asked at every request. */
  readonly isFlushDue: boolean;
  /**
   * Exports, if it is time to and no other request does it. Settles within the time limit.
   * @param call bounds this flush further, in milliseconds
   */
  flushIfDue(call?: { readonly timeoutMs?: number }): Promise<unknown>;
  /**
   * Measures the request of this response now, as if its response had been sent, so that the flush has
   * it and its duration is without the flush's.
   */
  settleRequest?(response: NodeResponse): void;
}

/**
 * Checks a wrapper's first argument.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushTarget(target: FlushTarget): FlushTarget {
  if (typeof target?.flushIfDue !== "function" || !("isFlushDue" in target)) {
    throw new InvalidOptionError("target", "an object with isFlushDue and flushIfDue()", target);
  }
  return target;
}

/** Whether a flush is due; what goes wrong in the question is no trouble of the request's. */
export function isFlushDue(target: FlushTarget): boolean {
  try {
    return target.isFlushDue;
  } catch {
    return false;
  }
}

/** Flushes, if it is due. Never rejects. */
export async function flush(target: FlushTarget, timeoutMs?: number): Promise<void> {
  try {
    await target.flushIfDue(timeoutMs === undefined ? undefined : { timeoutMs });
  } catch {
    // The target has said so; here the request goes on.
  }
}
