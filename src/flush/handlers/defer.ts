import { createReporter } from "../../shared/report.ts";
import { holdSocket } from "./held-socket.ts";
import { holdStream } from "./held-stream.ts";
import { flushIfDue, type RequestFlush, isFlushDue, isHttp2, type NodeResponse } from "./target.ts";
import { watchLength } from "./watch-length.ts";

type End = NodeResponse["end"];

/**
 * Lets the ends of responses wait for a flush: each that is given to the function returned,
 * if a flush is due when it ends. Any other is as it was, but for its own property `end`.
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
 * Calls `send`, which sends the last bytes of the response, and flushes before they leave; does not flush
 * where none of them can be kept back, as then the request would be over before the flush.
 * @param isWhole whether the response has all of its bytes after that, ended or not
 * @returns what `send` returns, at once
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
  // Somebody else's `end` may end it later only, as that of a compression does.
  if (isComplete) settle(flush, response);
  void flushIfDue(flush).then(() => hold.release());
  return result;
}

/** Measures the request, so that the flush has it. */
function settle(flush: RequestFlush, response: NodeResponse): void {
  try {
    flush.settle?.(response);
  } catch (error) {
    report.errorOnce("settle", "A request could not be measured before its flush", error);
  }
}
