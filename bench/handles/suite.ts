import { type Suite, suiteOfGroups } from "../harness/suite.ts";

/** Recording: handles with label objects and bound handles, beside the SDK's and prom-client's. */
export const handles: Suite = suiteOfGroups(
  "handles",
  import.meta.url,
  [
    "./counter-1-label.ts",
    "./counter-3-labels.ts",
    "./counter-6-labels.ts",
    "./counter-mixed.ts",
    "./histogram-3-labels.ts",
    "./gauge-3-labels.ts",
    "./off.ts",
  ],
  { rounds: 60, roundMs: 10 },
);
