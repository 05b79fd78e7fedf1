import {
  formatProblem,
  type LoadedSpecs,
  loadMetricSpecs,
  SpecFileError,
} from "../spec-files/index.ts";
import type { CommandCall } from "./command.ts";

/** What the files of the call declare; where they have problems, prints those and is undefined. */
export async function readSpecs(call: CommandCall): Promise<LoadedSpecs | undefined> {
  try {
    return await loadMetricSpecs(call.args);
  } catch (error) {
    if (!(error instanceof SpecFileError)) throw error;
    const { problems } = error;
    if (call.json) call.out(JSON.stringify({ ok: false, problems }));
    else call.error(problems.map(formatProblem).join("\n"));
    return undefined;
  }
}
