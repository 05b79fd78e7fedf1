import { type Environment, resourceAttributesFromEnv } from "../../shared/environment.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, warn, fail } = findingsOf("environment");

/** Environment variables that keep metrics from leaving. */
export function environmentFindings(env: Environment): Finding[] {
  const findings: Finding[] = [];
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") {
    findings.push(
      fail(
        "OTEL_SDK_DISABLED=true: the SDK exports nothing",
        "unset it, or scrape Taskmon's own endpoint",
      ),
    );
  }
  if (env.TASKMON_ENABLED?.toLowerCase() === "false") {
    findings.push(fail("TASKMON_ENABLED=false: Taskmon is off", "unset it, or set it to true"));
  }
  const exporters = env.OTEL_METRICS_EXPORTER?.split(",").map((name) => name.trim()) ?? [];
  if (exporters.includes("none")) {
    findings.push(
      warn(
        "OTEL_METRICS_EXPORTER=none: NodeSDK pushes no metrics",
        "set it to otlp, prometheus or both, unless you scrape Taskmon's own endpoint",
      ),
    );
  }
  const name = resourceAttributesFromEnv(env)["service.name"];
  if (name === undefined) {
    findings.push(
      warn("no OTEL_SERVICE_NAME", "set it, unless the program gives target.serviceName itself"),
    );
  } else {
    findings.push(ok(`service.name is ${name}`));
  }
  if (env.OTEL_CONFIG_FILE !== undefined) {
    findings.push(
      warn(
        `OTEL_CONFIG_FILE=${env.OTEL_CONFIG_FILE}: other OTEL_* variables do not hold`,
        "check exporters and views in that file",
      ),
    );
  }
  return findings;
}
