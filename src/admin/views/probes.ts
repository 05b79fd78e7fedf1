import type { AdminContext } from "../context.ts";
import { type CheckView, timesOf } from "./checks.ts";
import { byTrouble, stripOf } from "./strip.ts";

/** How a target of a probe stands. */
export interface ProbeView extends Pick<
  CheckView,
  "state" | "why" | "startedAtMs" | "durationMs" | "consecutiveFailures" | "results"
> {
  readonly probe: string;
  readonly target: string;
}

/** The targets of all probes, those in trouble first. */
export function probeViews({ taskmon: { probes } }: AdminContext): ProbeView[] {
  const histories = probes.histories();
  return probes
    .results()
    .map((result, index): ProbeView => {
      const { explainedBy, error } = result;
      const why = explainedBy === undefined ? error?.message : `${explainedBy} is down`;
      return {
        ...{ probe: result.probe, target: result.target.name, state: result.state },
        ...(why !== undefined && { why }),
        ...timesOf(result),
        consecutiveFailures: result.consecutiveFailures,
        results: stripOf(histories[index] ?? []),
      };
    })
    .toSorted((a, b) => byTrouble(a.state, b.state));
}
