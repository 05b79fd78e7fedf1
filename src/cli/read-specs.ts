import { type LoadedSpecs, loadMetricSpecs } from "../spec-files/index.ts";
import type { CommandCall } from "./command.ts";
import { readOrPrint } from "./problems.ts";

/** The declarations in the given files. If there are problems, prints them and returns undefined. */
export function readSpecs(call: CommandCall): Promise<LoadedSpecs | undefined> {
  return readOrPrint(call, () => loadMetricSpecs(call.args));
}
