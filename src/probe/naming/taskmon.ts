import { targetMetrics } from "../metrics.ts";
import { type Naming, type NamingOptions, namedLabels, optionalLabels } from "./naming.ts";

const RESERVED: readonly string[] = [
  ...["health.probe.name", "health.probe.type", "health.probe.target"],
  ...["health.probe.outcome", "health.probe.phase", "health.probe.validator"],
  ...["health.probe.certificate.position", "health.probe.state"],
  ...["error.type", "http.response.status_code", "server.address", "server.port"],
];
const PASS = { "health.probe.outcome": "pass" } as const;
const UNKNOWN = { "health.probe.outcome": "unknown" } as const;

/** Our own metric names, as in `docs/probes.md`. */
export function taskmonNaming(options: NamingOptions): Naming {
  const { registry, name, type, validators, targetLabels, buckets } = options;
  const probe = { "health.probe.name": name, "health.probe.type": type };
  const labelTypes: Naming["labelTypes"] = (own) => ({
    ...own,
    "health.probe.name": "string",
    "health.probe.type": "string",
    ...optionalLabels(targetLabels, RESERVED),
    "server.port": "int?",
    "server.address": "string?",
    "health.probe.target": "string",
  });
  const metrics = targetMetrics(registry, labelTypes, buckets);
  return {
    labelTypes,
    labelsOf: (target) => ({
      ...probe,
      ...namedLabels(target, targetLabels),
      ...(target.port !== undefined && { "server.port": target.port }),
      ...(target.host !== undefined && { "server.address": target.host }),
      "health.probe.target": target.name,
    }),
    record(series, result, nowS) {
      const { outcome, errorType } = result;
      if (outcome === undefined) return;
      if (series.isEmpty)
        for (const validator of validators)
          series.add(metrics.validationFailures, 0, failureOf(validator));
      const labels =
        outcome === "fail"
          ? { "health.probe.outcome": "fail", "error.type": errorType ?? "_OTHER" }
          : outcome === "pass"
            ? PASS
            : UNKNOWN;
      series.add(metrics.runs, 1, labels);
      series.set(metrics.lastRunTime, nowS);
      // If the event loop was blocked, the measurements do not describe the target.
      if (outcome === "unknown") return;
      if (result.latencyS !== undefined) series.record(metrics.duration, result.latencyS, labels);
      for (const [phase, seconds] of result.phases) {
        series.record(metrics.phaseDuration, seconds, { "health.probe.phase": phase });
      }
      for (const [validator, passed] of result.validations) {
        if (!passed) series.add(metrics.validationFailures, 1, failureOf(validator));
      }
      if (result.statusCode !== undefined) {
        series.add(metrics.responses, 1, { "http.response.status_code": result.statusCode });
      }
      for (const [position, notAfterS] of [
        ["leaf", result.leafNotAfterS],
        ["chain", result.chainNotAfterS],
      ] as const) {
        if (notAfterS === undefined) continue;
        const at = { "health.probe.certificate.position": position };
        series.set(metrics.certificateNotAfter, notAfterS, at);
      }
    },
    state(series, state, before) {
      if (before !== undefined) series.add(metrics.status, -1, { "health.probe.state": before });
      if (state !== undefined) series.add(metrics.status, 1, { "health.probe.state": state });
    },
  };
}

function failureOf(validator: string): { readonly "health.probe.validator": string } {
  return { "health.probe.validator": validator };
}
