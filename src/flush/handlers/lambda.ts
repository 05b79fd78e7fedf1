import { InvalidOptionError } from "../../shared/errors.ts";
import { flushIfDue, flushOf, type FlushTarget, isFlushDue, type RequestFlush } from "./target.ts";

/** The part of an invocation's context that is used here. */
interface Context {
  getRemainingTimeInMillis?(): number;
}

/** The time that is left to the platform to send the answer. */
const RESERVE_MS = 500;

/**
 * The same handler for AWS Lambda and its like, where the process is stopped when an invocation is over:
 * where a flush is due when the handler has its result, the invocation ends after the flush. The flush
 * leaves half a second of the invocation's remaining time, and does not begin where there is no more.
 *
 * Takes handlers that return a promise, handlers of streamed responses (`awslambda.streamifyResponse`, on
 * either side of this), and handlers that call back. An invocation that fails flushes too, as most that a
 * service does may fail; the result, or the error, goes on unchanged.
 *
 * @param target a Taskmon object
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushLambda<H extends (...args: never[]) => unknown>(
  target: FlushTarget,
  handler: H,
): H {
  if (typeof handler !== "function") throw new InvalidOptionError("handler", "a function", handler);
  const flush = flushOf(target);
  const call = handler as unknown as (...args: unknown[]) => unknown;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const timeLeft = (): number => remainingMs(args);
    const last = args.at(-1);
    if (args.length > 2 && typeof last === "function") {
      args[args.length - 1] = callingBack(flush, last as Callback, timeLeft);
    }
    const result = Reflect.apply(call, this, args);
    return isThenable(result) ? flushAfter(flush, result, timeLeft) : result;
  };
  // The runtime looks at the number of parameters, and at marks of streamed responses.
  for (const key of Reflect.ownKeys(handler)) {
    if (key === "prototype" || key === "arguments" || key === "caller") continue;
    const property = Object.getOwnPropertyDescriptor(handler, key)!;
    Object.defineProperty(wrapped, key, { ...property, configurable: true });
  }
  return wrapped as unknown as H;
}

async function flushAfter(
  flush: RequestFlush,
  result: PromiseLike<unknown>,
  timeLeft: () => number,
): Promise<unknown> {
  try {
    return await result;
  } finally {
    if (isFlushDue(flush)) await flushAlive(flush, timeLeft());
  }
}

type Callback = (error: unknown, result?: unknown) => void;

function callingBack(flush: RequestFlush, callback: Callback, timeLeft: () => number): Callback {
  return (...args) => {
    if (!isFlushDue(flush)) callback(...args);
    else void flushAlive(flush, timeLeft()).then(() => setImmediate(callback, ...args));
  };
}

/**
 * The runtime ends an invocation whose event loop has nothing more to do, and what a flush waits for may
 * be nothing that the loop knows of.
 */
async function flushAlive(flush: RequestFlush, timeLeftMs: number): Promise<void> {
  const timeoutMs = timeLeftMs - RESERVE_MS;
  if (timeoutMs <= 0) return;
  const alive = setInterval(() => undefined, 60_000);
  try {
    await flushIfDue(flush, Number.isFinite(timeoutMs) ? timeoutMs : undefined);
  } finally {
    clearInterval(alive);
  }
}

/** By the invocation's context, which comes second, and third where the response is streamed. */
function remainingMs(args: readonly unknown[]): number {
  for (const argument of args.slice(1)) {
    const context = argument as Context | null | undefined;
    if (typeof context?.getRemainingTimeInMillis !== "function") continue;
    try {
      const remaining = context.getRemainingTimeInMillis();
      if (typeof remaining === "number" && !Number.isNaN(remaining)) return remaining;
    } catch {
      // Then the flush's own limit is the only one.
    }
  }
  return Infinity;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
