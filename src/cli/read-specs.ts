import { type LoadedSpecs, loadMetricSpecs } from "../spec-files/index.ts";
import type { CommandCall } from "./command.ts";
import { readOrPrint } from "./problems.ts";

/** What the files of the call declare; where they have problems, prints those and is undefined. */
export function readSpecs(call: CommandCall): Promise<LoadedSpecs | undefined> {
  return readOrPrint(call, () => loadMetricSpecs(call.args));
}
