import type { MetricRegistry } from "../metrics/registry.ts";
import { createReporter } from "../shared/report.ts";
import { eventLoopSource } from "./sources/event-loop.ts";
import { gcSource } from "./sources/gc.ts";
import { heapSource } from "./sources/heap.ts";
import { processSource } from "./sources/process.ts";
import type { Source, SourceKind } from "./sources/source.ts";

/** Which metrics of the runtime: those of the process alone, or of Node.js and V8 too. */
export type RuntimeScope = "process" | "all";

/** The metrics of the process, the event loop and V8, while they are on. They keep no process alive. */
export class RuntimeMetrics {
  readonly #registry: MetricRegistry;
  readonly #kinds: readonly SourceKind[];
  readonly #report = createReporter("runtime");
  #sources: Source[] = [];
  #forget: (() => void) | undefined;

  /** Does nothing yet. */
  constructor(registry: MetricRegistry, scope: RuntimeScope = "all") {
    this.#registry = registry;
    this.#kinds =
      scope === "process"
        ? [processSource]
        : [processSource, eventLoopSource, heapSource, gcSource];
  }

  /** Measures. Where a runtime has no such thing, as Bun and Deno may, that is said once and left out. */
  enable(): void {
    if (this.#forget !== undefined) return;
    this.#forget = this.#registry.beforeCollection(() => {
      for (const source of this.#sources) this.#guard(() => source.read?.());
    });
    for (const kind of this.#kinds) {
      this.#guard(() => this.#sources.push(kind.start(this.#registry)));
    }
  }

  /** Takes the metrics away. */
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
