import type { MetricRegistry } from "../metrics/registry.ts";
import { createReporter } from "../shared/report.ts";
import { eventLoopSource } from "./sources/event-loop.ts";
import { gcSource } from "./sources/gc.ts";
import { heapSource } from "./sources/heap.ts";
import { processSource } from "./sources/process.ts";
import type { Source, SourceKind } from "./sources/source.ts";

/** The choice of runtime metrics: only those of the process, or also those of Node.js and V8. */
export type RuntimeScope = "process" | "all";

/** The metrics of the process, the event loop and V8. They do not keep the process alive. */
export class RuntimeMetrics {
  readonly #registry: MetricRegistry;
  readonly #kinds: readonly SourceKind[];
  readonly #report = createReporter("runtime");
  #sources: Source[] = [];
  #forget: (() => void) | undefined;

  /** Starts nothing yet. */
  constructor(registry: MetricRegistry, scope: RuntimeScope = "all") {
    this.#registry = registry;
    this.#kinds =
      scope === "process"
        ? [processSource]
        : [processSource, eventLoopSource, heapSource, gcSource];
  }

  /**
   * Starts to measure. If a runtime lacks something, as Bun and Deno may, this is logged once and left out.
   */
  enable(): void {
    if (this.#forget !== undefined) return;
    this.#forget = this.#registry.beforeCollection(() => {
      for (const source of this.#sources) this.#guard(() => source.read?.());
    });
    for (const kind of this.#kinds) {
      this.#guard(() => this.#sources.push(kind.start(this.#registry)));
    }
  }

  /** Removes the metrics. */
  disable(): void {
    this.#forget?.();
    this.#forget = undefined;
    for (const source of this.#sources) this.#guard(() => source.stop?.());
    this.#sources = [];
    for (const { specs } of this.#kinds) {
      for (const spec of specs) this.#registry.unregister(spec);
    }
  }

  #guard(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.#report.warnOnce("read", "Some metrics of the runtime cannot be read", error);
    }
  }
}
