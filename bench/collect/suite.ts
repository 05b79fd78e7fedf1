import { type Suite, suiteOfGroups } from "../harness/suite.ts";

/** Collecting: what a reader's collection of many series costs. */
export const collect: Suite = suiteOfGroups("collect", import.meta.url, ["./counters.ts"], {
  rounds: 30,
  roundMs: 20,
});
