import { type Suite, suiteOfGroups } from "../harness/suite.ts";

/** The service monitor: what a request costs that is decided by what is known. */
export const monitor: Suite = suiteOfGroups("monitor", import.meta.url, ["./decision.ts"], {
  rounds: 60,
  roundMs: 10,
});
