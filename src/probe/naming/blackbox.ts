import { defineGauge } from "../../metrics/spec.ts";
import { type LabelTypes, MAX_SERIES } from "../metrics.ts";
import type { AnyGauge } from "../stats/target-series.ts";
import { type Naming, type NamingOptions, namedLabels, optionalLabels } from "./naming.ts";

const service = { id: "0x7461736b6d6f6e22", name: "taskmon.probe.blackbox" } as const;

const RESERVED: readonly string[] = ["job", "instance", "phase"];

/** The phase names of blackbox_exporter, by kind of probe. */
const PHASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  http: {
    ...{ dns: "resolve", connect: "connect", tls: "tls" },
    ...{ first_byte: "processing", transfer: "transfer" },
  },
  dns: { dns: "resolve", connect: "connect", first_byte: "request" },
};

/**
 * The names of blackbox_exporter (0.23), for its dashboards and alerts: gauges of the last run. With
 * blackbox_exporter, `instance` and `job` come from Prometheus' configuration; here they are labels with
 * the names of target and probe, so scrape with `honor_labels: true`.
 */
export function blackboxNaming(options: NamingOptions): Naming {
  const { registry, name, type, targetLabels } = options;
  const labelTypes: Naming["labelTypes"] = (own) => ({
    ...own,
    job: "string",
    ...optionalLabels(targetLabels, RESERVED),
    instance: "string",
  });
  const gauge = (id: number, metric: string, help: string, own: LabelTypes = {}): AnyGauge =>
    registry.gauge(
      defineGauge({
        ...{ service, id: `0x${id.toString(16)}`, name: metric, help },
        // An annotation, because Prometheus would add a unit to the name.
        ...{ unit: "{value}", labels: labelTypes(own), maxSeries: MAX_SERIES },
      }),
    );

  const success = gauge(1, "probe_success", "Whether the last run succeeded.");
  const duration = gauge(2, "probe_duration_seconds", "How long the last run took.");
  const lookup = gauge(3, "probe_dns_lookup_time_seconds", "How long the name took to resolve.");
  const code = gauge(4, "probe_http_status_code", "The status code of the last response.");
  const expiry = gauge(
    5,
    "probe_ssl_earliest_cert_expiry",
    "When the first certificate expires, as a Unix time.",
  );
  const byPhase: Readonly<Record<string, AnyGauge>> = {
    http: gauge(6, "probe_http_duration_seconds", "How long each phase took.", { phase: "string" }),
    dns: gauge(7, "probe_dns_duration_seconds", "How long each phase took.", { phase: "string" }),
  };

  return {
    labelTypes,
    labelsOf: (target) => ({
      job: name,
      ...namedLabels(target, targetLabels),
      instance: target.name,
    }),
    record(series, result) {
      const { outcome, latencyS, statusCode } = result;
      if (outcome === undefined || outcome === "unknown") return;
      series.set(success, outcome === "pass" ? 1 : 0);
      if (latencyS !== undefined) series.set(duration, latencyS);
      if (statusCode !== undefined) series.set(code, statusCode);
      const notAfterS = result.chainNotAfterS ?? result.leafNotAfterS;
      if (notAfterS !== undefined) series.set(expiry, notAfterS);
      for (const [phase, seconds] of result.phases) {
        if (phase === "dns") series.set(lookup, seconds);
        const known = PHASES[type]?.[phase];
        if (known !== undefined) series.set(byPhase[type]!, seconds, { phase: known });
      }
    },
  };
}
