import { createReporter } from "../../shared/report.ts";
import { holdSocket } from "./held-socket.ts";
import { holdStream } from "./held-stream.ts";
import { flushIfDue, type RequestFlush, isFlushDue, isHttp2, type NodeResponse } from "./target.ts";
import { watchLength } from "./watch-length.ts";

type End = NodeResponse["end"];

/**
 * Returns a function that prepares responses: if a flush is due when a prepared response ends, its end
 * waits for the flush. Otherwise the response is unchanged, except for its own property `end`.
 */
export function deferEnds(flush: RequestFlush): (response: NodeResponse) => void {
  // Nearly all responses have the same one, and then share ours too.
  let inherited: End | undefined;
  let shared: End | undefined;
  return (response) => {
    // oxlint-disable-next-line typescript/unbound-method -- called with the response as `this`
    const { end } = response;
    if (end === inherited) response.end = shared as never;
    else if (Object.hasOwn(response, "end")) response.end = deferred(flush, end) as never;
    else {
      inherited = end;
      response.end = (shared = deferred(flush, end)) as never;
    }
    if (isFlushDue(flush)) {
      watchLength(response, flush, (send) => flushBehind(flush, response, send, true));
    }
  };
}

function deferred(flush: RequestFlush, end: End): End {
  const call = end as (...args: unknown[]) => unknown;
  return function (this: NodeResponse, ...args: unknown[]): unknown {
    if (!isFlushDue(flush)) return Reflect.apply(call, this, args);
    return flushBehind(flush, this, () => Reflect.apply(call, this, args));
  } as End;
}

const report = createReporter("flush");

/**
 * Calls `send`, which sends the last bytes of the response, and flushes before they leave. Does not flush if
 * none of the bytes can be held back, because then the request would be over before the flush.
 * @param isWhole whether the response is complete after that, ended or not
 * @returns the result of `send`, at once
 */
function flushBehind<R>(
  flush: RequestFlush,
  response: NodeResponse,
  send: () => R,
  isWhole = false,
): R {
  const hold = isHttp2(response) ? holdStream(response) : holdSocket(response);
  if (hold === undefined) return send();
  let result: R;
  try {
    result = send();
  } catch (error) {
    hold.release();
    throw error;
  }
  const isComplete = isWhole || response.writableEnded;
  if (isComplete && !hold.holds) {
    hold.release();
    return result;
  }
  // A replaced `end`, such as that of a compression middleware, may end it later.
  if (isComplete) settle(flush, response);
  void flushIfDue(flush).then(() => hold.release());
  return result;
}

/** Measures the request, so that the flush includes it. */
function settle(flush: RequestFlush, response: NodeResponse): void {
  try {
    flush.settle?.(response);
  } catch (error) {
    report.errorOnce("settle", "A request could not be measured before its flush", error);
  }
}
