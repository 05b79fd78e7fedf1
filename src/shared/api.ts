import type { Context, ContextManager, DiagLogger, SpanContext } from "@opentelemetry/api";
import { RootContext } from "./root-context.ts";

/** What programs register with OpenTelemetry's API, as far as we use it. */
interface Registered {
  readonly diag?: DiagLogger;
  readonly context?: ContextManager;
}

/**
 * What is registered with OpenTelemetry's API. All copies of the API in one process keep it under this symbol
 * (1.9 and 1.10 do), so we read it there. Importing the API would load some fifty modules with this package.
 */
function registered(): Registered | undefined {
  return (globalThis as Record<symbol, Registered | undefined>)[API];
}

const API = Symbol.for("opentelemetry.js.api.1");

/** The logger that `diag.setLogger` set, which filters by the level that was set with it; undefined without one. */
export function diagLogger(): DiagLogger | undefined {
  return registered()?.diag;
}

/** A value of the active context. `key` comes from the API's `createContextKey`. */
export function activeValue(key: symbol): unknown {
  return registered()?.context?.active().getValue(key);
}

/** The active span. */
export function activeSpanContext(): SpanContext | undefined {
  return (activeValue(SPAN) as { spanContext(): SpanContext } | undefined)?.spanContext();
}

/** The key under which the API keeps the active span. */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/** Runs work of the process outside of the trace, the baggage and any other context of a request. */
export function inRootContext<T>(run: () => T): T {
  const manager = registered()?.context;
  return manager === undefined ? run() : manager.with(ROOT, run);
}

const ROOT: Context = new RootContext();
