import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { onTestFinished } from "vitest";
import { Health } from "../../src/health/index.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { attachReader, endReader, settleReader } from "../../src/reader/attach.ts";
import type { AttachableReader } from "../../src/sdk/types.ts";
import { Ending, type EndingParts } from "../../src/shutdown/ending.ts";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { leasePolicy } from "../../src/task/policy.ts";
import { resolveTarget } from "../../src/task/target.ts";
import { Task } from "../../src/task/task.ts";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import { steppedClock } from "../reader/harness.ts";

/** An exporter whose receiver answers, or does not. */
export class TestExporter implements PushMetricExporter {
  readonly batches: ResourceMetrics[] = [];
  /** Whether a receiver answers. */
  mode: "answers" | "hangs" | "fails" = "answers";
  inFlight = 0;
  onExport: (() => void) | undefined;

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  export(batch: ResourceMetrics, done: (result: { code: number; error?: Error }) => void): void {
    this.batches.push(batch);
    this.onExport?.();
    if (this.mode === "answers") done({ code: 0 });
    else if (this.mode === "fails") done({ code: 1, error: new Error("refused") });
    else this.inFlight += 1;
  }

  async forceFlush(): Promise<void> {
    // Nothing waits.
  }

  async shutdown(): Promise<void> {
    // Nothing is open.
  }

  /** The latest value of the counter `work`. */
  get counted(): unknown {
    return this.batches
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .filter(({ descriptor }) => descriptor.name === "work")
      .at(-1)?.dataPoints[0]?.value;
  }

  /** The numbers under which the batches came. */
  get numbers(): unknown[] {
    return this.batches.map(({ resource }) => resource.attributes["taskmon.task.number"]);
  }
}

export interface Setup {
  readonly clock: ManualClock;
  readonly task: Task;
  readonly health: Health;
  readonly ending: Ending;
  /** What was done, in order, by those who were called. */
  readonly order: string[];
  /** Attaches a reader of a provider of its own, which counts `work`. */
  attach(exporter: PushMetricExporter): {
    readonly provider: MeterProvider;
    readonly reader: AttachableReader;
    work(): void;
  };
}

/** A task with its health checks and readers, whose end is to come. */
export function setup(
  options: {
    readonly allocator?: (own: TaskNumAllocator) => Partial<TaskNumAllocator>;
    readonly parts?: Partial<EndingParts>;
  } = {},
): Setup {
  const clock = steppedClock();
  const own = memoryAllocator({ clock });
  const allocator: TaskNumAllocator = { ...own, ...options.allocator?.(own) };
  const policy = leasePolicy();
  const target = resolveTarget({ serviceName: "s", hostName: "h" });
  const task = new Task({ allocator, target, instanceId: "i", policy, clock });
  const registry = new MetricRegistry();
  const health = new Health({ clock });
  const order: string[] = [];
  const readers = new Set<AttachableReader>();
  const ending = new Ending({
    clock,
    first: [{ name: "the end of the health checks", run: () => health.shutdown() }],
    task,
    readers: () => readers,
    endReader,
    settleReader,
    close: () => void order.push("close"),
    ...options.parts,
  });
  onTestFinished(async () => {
    await ending.run({ timeoutMs: 0 });
  });
  return {
    clock,
    task,
    health,
    ending,
    order,
    attach(exporter) {
      const reader = attachReader(
        new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 }),
        {
          owner: () => "the test",
          registry,
          instanceLabel: () => undefined,
          lease: task,
          clock,
          exportTimeoutMs: policy.exportTimeoutMs,
          unnumberedHoldMs: policy.unnumberedHoldMs,
          onHeld: () => undefined,
          async onShutdown(ended) {
            readers.delete(ended);
            if (readers.size === 0) await ending.run();
          },
        },
      );
      readers.add(reader);
      const resource = resourceFromAttributes({ "service.name": "s" });
      const provider = new MeterProvider({ readers: [reader], resource });
      const counter = provider.getMeter("m").createCounter("work");
      return { provider, reader, work: () => counter.add(1) };
    },
  };
}
