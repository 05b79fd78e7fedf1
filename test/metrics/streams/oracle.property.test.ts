import * as sdk from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { it } from "vitest";
import { compare, scenario } from "../../compat/oracle.ts";

const numRuns = Number(process.env["TASKMON_ORACLE_RUNS"] ?? 60);

it("gives the points that the SDK's own instruments give, under any views", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, (draft) => compare(sdk, draft)),
    { numRuns },
  );
}, 600_000);
