import { SpanStatusCode, trace } from "@opentelemetry/api";
import type { MetricRegistry } from "../../metrics/registry.ts";
import { defineGauge, defineHistogram } from "../../metrics/spec.ts";
import { VERSION } from "../../shared/version.ts";
import type { CommandChannelOptions } from "./command-channel.ts";

const service = { id: "0x7461736b6d6f6e0a", name: "taskmon.app" } as const;
const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

const depth = defineGauge({
  service,
  id: "0x6",
  name: "taskmon.app.commands.depth",
  help: "Commands that wait to be run, by command server.",
  unit: "{command}",
  labels: ["taskmon.app.command.server"],
});

const wait = defineHistogram({
  service,
  id: "0x7",
  name: "taskmon.app.command.wait.duration",
  help: "How long commands waited from their submission until they began.",
  unit: "s",
  labels: ["taskmon.app.command.server"],
  buckets: SECONDS,
});

const duration = defineHistogram({
  service,
  id: "0x8",
  name: "taskmon.app.command.duration",
  help: "How long commands ran, by outcome.",
  unit: "s",
  labels: ["taskmon.app.command.server", "taskmon.outcome"],
  buckets: SECONDS,
});

/** The channel options that measure commands, and give each one a span if tracing is on. */
export function measuredCommands(registry: MetricRegistry, name: string): CommandChannelOptions {
  const labels = { "taskmon.app.command.server": name };
  const waits = registry.histogram(wait).bind(labels);
  const runs = registry.histogram(duration);
  const succeeded = runs.bind({ ...labels, "taskmon.outcome": "success" });
  const failed = runs.bind({ ...labels, "taskmon.outcome": "failure" });
  const tracer = trace.getTracer("taskmon.app", VERSION);
  return {
    onRun(times) {
      waits.record(times.waitedMs / 1_000);
      (times.failed ? failed : succeeded).record(times.ranMs / 1_000);
    },
    around: (run) =>
      tracer.startActiveSpan(`command ${name}`, async (span) => {
        try {
          return await run();
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
  };
}

/** Exports the number of waiting commands. */
export function observeDepth(registry: MetricRegistry, name: string, read: () => number): void {
  registry.gauge(depth).observe(read, { "taskmon.app.command.server": name });
}

/** Stops exporting the number of waiting commands. */
export function forgetDepth(registry: MetricRegistry, name: string): void {
  registry.gauge(depth).remove({ "taskmon.app.command.server": name });
}
