import { createProbes, type Probes } from "../../probe/probe-registry.ts";
import { optionsObject } from "../../shared/options.ts";
import type { Core } from "../core.ts";
import { PROBES_OPTIONS, type TaskmonOptions } from "../options.ts";
import type { Part } from "../part.ts";

/** The probes of remote targets. */
export interface ProbesPart extends Part {
  readonly probes: Probes;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function probesPart(
  { metrics, clock }: Core,
  { probes: options }: Partial<TaskmonOptions>,
): ProbesPart {
  const given = optionsObject("probes", options, PROBES_OPTIONS);
  const probes = createProbes({ ...given, registry: metrics, clock });
  return {
    name: "probes",
    probes,
    shutdownSteps: [{ name: "the end of the probes", run: () => probes.stop() }],
    status: () =>
      probes.results().map(({ probe, target, state }) => ({ probe, target: target.name, state })),
  };
}
