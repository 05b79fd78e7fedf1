import type { ProbeResult } from "../contract.ts";
import type { BlackboxModule } from "./modules.ts";

/** The answer to `debug=true`: a log of the run, and the metrics. */
export function debugText(
  { name, prober }: BlackboxModule,
  target: string,
  result: ProbeResult,
  metrics: string,
): string {
  const { success, error, phasesMs = {}, validations = [], latencyMs } = result;
  const lines = [
    `module=${name} prober=${prober} target=${JSON.stringify(target)}`,
    ...Object.entries(phasesMs).map(([phase, ms]) => `${phase}: ${ms.toFixed(3)} ms`),
    ...validations.map(
      ({ name: of, passed, reason }) => `${of}: ${passed ? "passed" : (reason ?? "failed")}`,
    ),
    ...(latencyMs === undefined ? [] : [`in all: ${latencyMs.toFixed(3)} ms`]),
    success
      ? "The probe succeeded"
      : `The probe failed: ${error?.message ?? "no reason was given"}`,
  ];
  return `Logs for the probe:\n${lines.join("\n")}\n\n\n\nMetrics that would have been returned:\n${metrics}`;
}
