import type { Context, ContextManager, DiagLogger, SpanContext } from "@opentelemetry/api";
import { RootContext } from "./root-context.ts";

/** What programs register with OpenTelemetry's API, as far as it is asked for here. */
interface Registered {
  readonly diag?: DiagLogger;
  readonly context?: ContextManager;
}

/**
 * What is registered with OpenTelemetry's API. Its copies in one process share it under this symbol, in
 * 1.9 and 1.10 alike, and we look there as each of them does: to import the API would load its fifty
 * modules with this package, once more where the SDK has loaded their CommonJS form.
 */
function registered(): Registered | undefined {
  return (globalThis as Record<symbol, Registered | undefined>)[API];
}

const API = Symbol.for("opentelemetry.js.api.1");

/** The logger of `diag.setLogger`, which obeys the level that was given with it; undefined without one. */
export function diagLogger(): DiagLogger | undefined {
  return registered()?.diag;
}

/** What is set in the context in which the program is; `key` is what the API's `createContextKey` makes. */
export function activeValue(key: symbol): unknown {
  return registered()?.context?.active().getValue(key);
}

/** The span in which the program is. */
export function activeSpanContext(): SpanContext | undefined {
  return (activeValue(SPAN) as { spanContext(): SpanContext } | undefined)?.spanContext();
}

/** Under which the API keeps it. */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/** Runs what works for the process, outside of any trace, baggage, or other context of a request. */
export function inRootContext<T>(run: () => T): T {
  const manager = registered()?.context;
  return manager === undefined ? run() : manager.with(ROOT, run);
}

const ROOT: Context = new RootContext();
