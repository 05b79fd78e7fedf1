import { defineGauge, defineUpDownCounter, type SpecInput } from "../../metrics/spec.ts";
import type { ProbePhase } from "../contract.ts";
import { type LabelTypes, MAX_SERIES } from "../metrics.ts";
import type { AnyUpDownCounter } from "../stats/target-series.ts";
import { type Naming, type NamingOptions, namedLabels, optionalLabels } from "./naming.ts";

const service = { id: "0x7461736b6d6f6e21", name: "taskmon.probe.cloudprober" } as const;

const RESERVED: readonly string[] = ["ptype", "probe", "dst", "code", "validator"];

/** The metric names of cloudprober for the latencies of its HTTP probe's phases. */
const PHASES: Readonly<Partial<Record<ProbePhase, string>>> = {
  dns: "dns_latency",
  connect: "connect_latency",
  tls: "tls_handshake_latency",
  write: "req_write_latency",
  first_byte: "first_byte_latency",
};

/**
 * The names and labels of cloudprober (0.14), for its dashboards and alerts: sums in microseconds over
 * the successful runs, and no histograms. They only grow, but are declared as up-down counters: Prometheus would add
 * `_total` to the name of a counter, which cloudprober's names do not have.
 */
export function cloudproberNaming(options: NamingOptions): Naming {
  const { registry, name, type, validators, targetLabels } = options;
  const labelTypes: Naming["labelTypes"] = (own) => ({
    ...own,
    ptype: "string",
    probe: "string",
    ...optionalLabels(targetLabels, RESERVED),
    dst: "string",
  });
  const spec = (id: number, metric: string, help: string, own: LabelTypes = {}) =>
    ({
      ...{ service, id: `0x${id.toString(16)}`, name: metric, help },
      ...{ labels: labelTypes(own), maxSeries: MAX_SERIES },
    }) satisfies SpecInput<LabelTypes>;
  const sum = (...of: Parameters<typeof spec>): AnyUpDownCounter =>
    registry.upDownCounter(defineUpDownCounter(spec(...of)));

  const total = sum(1, "total", "Runs of the probe.");
  const success = sum(2, "success", "Runs that succeeded.");
  const latency = sum(3, "latency", "Microseconds that successful runs took, together.");
  const timeouts = sum(4, "timeouts", "Runs that took too long.");
  const codes = sum(5, "resp_code", "Responses by status code.", { code: "string" });
  const failures = sum(6, "validation_failure", "Answers that a validator refused.", {
    validator: "string",
  });
  const expiry = registry.gauge(
    defineGauge({
      ...spec(7, "ssl_earliest_cert_expiry_sec", "Seconds until the first certificate expires."),
      // An annotation, because Prometheus would add a unit to the name.
      unit: "{second}",
    }),
  );
  const phases = new Map(
    Object.entries(PHASES).map(([phase, metric], index) => [
      phase,
      sum(16 + index, metric, "Microseconds that this phase of successful runs took, together."),
    ]),
  );

  return {
    labelTypes,
    labelsOf: (target) => ({
      ptype: type.toUpperCase(),
      probe: name,
      ...namedLabels(target, targetLabels),
      dst: target.name,
    }),
    record(series, result, nowS) {
      const { outcome, errorType, latencyS, statusCode } = result;
      // cloudprober has no inconclusive runs.
      if (outcome === undefined || outcome === "unknown") return;
      const passed = outcome === "pass" ? 1 : 0;
      if (series.isEmpty) {
        for (const validator of validators) series.add(failures, 0, { validator });
      }
      series.add(total, 1);
      series.add(success, passed);
      series.add(timeouts, errorType === "timeout" ? 1 : 0);
      series.add(latency, passed * microseconds(latencyS));
      for (const [phase, seconds] of result.phases) {
        const metric = phases.get(phase);
        if (metric !== undefined) series.add(metric, passed * microseconds(seconds));
      }
      if (statusCode !== undefined) series.add(codes, 1, { code: `${statusCode}` });
      for (const [validator, valid] of result.validations) {
        if (!valid) series.add(failures, 1, { validator });
      }
      const notAfterS = result.chainNotAfterS ?? result.leafNotAfterS;
      if (notAfterS !== undefined) series.set(expiry, notAfterS - nowS);
    },
  };
}

function microseconds(seconds: number | undefined): number {
  return (seconds ?? 0) * 1e6;
}
