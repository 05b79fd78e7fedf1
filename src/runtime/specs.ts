import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
  type MetricSpec,
} from "../metrics/spec.ts";

// Names, units and helps are those of the semantic conventions 1.45 for processes, Node.js and V8, and of
// @opentelemetry/instrumentation-runtime-node 0.37; `process.start_time` is Prometheus' own.

const service = { id: "0x7461736b6d6f6e05", name: "taskmon.runtime" } as const;

export const cpuTime: MetricSpec<"counter", { readonly "cpu.mode": string }> = defineCounter({
  ...{ service, id: "0x10", name: "process.cpu.time", unit: "s", labels: ["cpu.mode"] },
  help: "Total CPU seconds broken down by different states.",
});

export const memoryUsage: MetricSpec<"upDownCounter", {}> = defineUpDownCounter({
  ...{ service, id: "0x11", name: "process.memory.usage", unit: "By" },
  help: "The amount of physical memory in use.",
});

export const startTime: MetricSpec<"gauge", {}> = defineGauge({
  ...{ service, id: "0x12", name: "process.start_time", unit: "s" },
  help: "When the process started, in seconds since the Unix epoch.",
});

export const fileDescriptors: MetricSpec<"gauge", {}> = defineGauge({
  ...{ service, id: "0x13", name: "process.unix.file_descriptor.count" },
  ...{ unit: "{file_descriptor}", help: "Number of unix file descriptors in use by the process." },
});

export const contextSwitches: MetricSpec<
  "counter",
  { readonly "process.context_switch.type": string }
> = defineCounter({
  ...{ service, id: "0x14", name: "process.context_switches", unit: "{context_switch}" },
  help: "Number of times the process has been context switched.",
  labels: ["process.context_switch.type"],
});

export const pageFaults: MetricSpec<"counter", { readonly "system.paging.fault.type": string }> =
  defineCounter({
    ...{ service, id: "0x15", name: "process.paging.faults", unit: "{fault}" },
    help: "Number of page faults the process has made.",
    labels: ["system.paging.fault.type"],
  });

/** The delay of the event loop since the last collection: one gauge for each figure. */
export const loopDelays: Readonly<Record<DelayFigure, MetricSpec<"gauge", {}>>> = {
  min: delay("0x20", "min", "Event loop minimum delay."),
  max: delay("0x21", "max", "Event loop maximum delay."),
  mean: delay("0x22", "mean", "Event loop mean delay."),
  stddev: delay("0x23", "stddev", "Event loop standard deviation delay."),
  p50: delay("0x24", "p50", "Event loop 50 percentile delay."),
  p90: delay("0x25", "p90", "Event loop 90 percentile delay."),
  p99: delay("0x26", "p99", "Event loop 99 percentile delay."),
};

/** A figure of the event loop's delay. */
export type DelayFigure = "min" | "max" | "mean" | "stddev" | "p50" | "p90" | "p99";

export const loopTime: MetricSpec<"counter", { readonly "nodejs.eventloop.state": string }> =
  defineCounter({
    ...{ service, id: "0x27", name: "nodejs.eventloop.time", unit: "s" },
    help: "Cumulative duration of time the event loop has been in each state.",
    labels: ["nodejs.eventloop.state"],
  });

export const loopUtilization: MetricSpec<"gauge", {}> = defineGauge({
  ...{ service, id: "0x28", name: "nodejs.eventloop.utilization", unit: "1" },
  help: "Event loop utilization",
});

/** The sizes of V8's heap spaces, by the fields of `v8.getHeapSpaceStatistics()`. */
export const heapSpaces: Readonly<
  Record<HeapField, MetricSpec<"gauge", { readonly "v8js.heap.space.name": string }>>
> = {
  space_size: heap("0x30", "space.size", "Total heap memory size pre-allocated for a heap space."),
  space_used_size: heap("0x31", "used", "Heap Memory size allocated."),
  space_available_size: heap("0x32", "space.available_size", "Heap space available size."),
  physical_space_size: heap("0x33", "space.physical_size", "Committed size of a heap space."),
};

/** A size of a heap space. */
export type HeapField =
  | "space_size"
  | "space_used_size"
  | "space_available_size"
  | "physical_space_size";

export const gcDuration: MetricSpec<"histogram", { readonly "v8js.gc.type": string }> =
  defineHistogram({
    ...{ service, id: "0x34", name: "v8js.gc.duration", unit: "s", labels: ["v8js.gc.type"] },
    help: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  });

export const activeResources: MetricSpec<"gauge", { readonly "v8js.resource.type": string }> =
  defineGauge({
    ...{ service, id: "0x35", name: "v8js.resource.active", unit: "{resource}" },
    help: "Count of the active resources that are currently keeping the event loop alive.",
    labels: ["v8js.resource.type"],
  });

function delay(id: string, figure: string, help: string): MetricSpec<"gauge", {}> {
  return defineGauge({ service, id, name: `nodejs.eventloop.delay.${figure}`, unit: "s", help });
}

function heap(
  id: string,
  size: string,
  help: string,
): MetricSpec<"gauge", { readonly "v8js.heap.space.name": string }> {
  const labels = ["v8js.heap.space.name"] as const;
  return defineGauge({ service, id, name: `v8js.memory.heap.${size}`, unit: "By", help, labels });
}
