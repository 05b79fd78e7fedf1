// Runs the oracle with the SDK of the project in which it stands.
import * as sdk from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { compare, scenario } from "./oracle.js";

void run();

async function run(): Promise<void> {
  const details = await fc.check(
    fc.asyncProperty(scenario, (draft) => compare(sdk, draft)),
    { numRuns: 40 },
  );
  if (details.failed) {
    console.error(fc.defaultReportMessage(details));
    process.exitCode = 1;
  } else {
    console.log(`${details.numRuns} scenarios agree`);
  }
}
