import { InvalidOptionError } from "../../shared/errors.ts";
import { flushIfDue, flushOf, type FlushTarget, isFlushDue, type RequestFlush } from "./target.ts";

/** The part of an invocation's context that we use. */
interface Context {
  getRemainingTimeInMillis?(): number;
}

/** The time that we leave to the platform to send the answer. */
const RESERVE_MS = 500;

/**
 * Wraps a handler for AWS Lambda and similar platforms, which stop the process when an invocation is over.
 * If a flush is due when the handler has its result, the invocation ends after the flush. A flush takes at
 * most the remaining time of the invocation minus 500 ms; otherwise it is skipped.
 *
 * Works with handlers that return a promise, handlers of streamed responses (`awslambda.streamifyResponse`,
 * inside or outside of this wrapper), and handlers with a callback. A failed invocation flushes too. The
 * result or error is passed on unchanged.
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
  // The runtime looks at the number of parameters and at the marks of streamed responses.
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
 * The runtime ends an invocation whose event loop is empty, and a flush may wait for something that the
 * event loop does not see.
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

/** From the invocation's context: the second argument, or the third for a streamed response. */
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
