import { type Suite, suiteOfGroups } from "../harness/suite.ts";

/** The application runtime: commands beside fastq, and the start of an app of 100 services. */
export const app: Suite = suiteOfGroups("app", import.meta.url, ["./commands.ts", "./start.ts"], {
  rounds: 40,
  roundMs: 20,
});
