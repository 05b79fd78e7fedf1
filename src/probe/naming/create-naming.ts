import { blackboxNaming } from "./blackbox.ts";
import { cloudproberNaming } from "./cloudprober.ts";
import type { Naming, NamingOptions } from "./naming.ts";
import { taskmonNaming } from "./taskmon.ts";

/** The metric names under which results are exported. */
export type ProbeNaming = "taskmon" | "cloudprober" | "blackbox";

/** The namings, the default first. */
export const NAMINGS: readonly [ProbeNaming, ...ProbeNaming[]] = [
  ...(["taskmon", "cloudprober", "blackbox"] as const),
];

/** Registers the metrics of one naming. @returns the object that records results in them */
export function createNaming(naming: ProbeNaming, options: NamingOptions): Naming {
  switch (naming) {
    case "taskmon":
      return taskmonNaming(options);
    case "cloudprober":
      return cloudproberNaming(options);
    case "blackbox":
      return blackboxNaming(options);
  }
}
