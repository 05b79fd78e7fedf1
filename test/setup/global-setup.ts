import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { blackboxPrograms } from "./blackbox.ts";
import { browserPrograms } from "./browser.ts";
import { opensslPrograms } from "./certificates.ts";
import { ensureChromium } from "./chromium.ts";
import { etcdPrograms } from "./etcd.ts";
import { killLeftovers } from "./leftovers.ts";
import { ensurePrograms, type Program, type ProgramPaths } from "./programs.ts";
import { postgresPrograms } from "./postgres.ts";
import { pingPrograms } from "./ping.ts";
import { prometheusPrograms } from "./prometheus.ts";
import { pythonPrograms } from "./python.ts";
import { redisPrograms } from "./redis.ts";
import "./test-run.ts";

/** Everything that some test starts. */
const programs: readonly Program[] = [
  ...prometheusPrograms,
  ...redisPrograms,
  ...postgresPrograms,
  ...etcdPrograms,
  ...blackboxPrograms,
  ...opensslPrograms,
  ...pingPrograms,
  ...pythonPrograms,
  ...browserPrograms,
];

/** Makes sure of the programs once for the whole run, and leaves no process and no file behind. */
export default function setup(project: TestProject): () => void {
  const paths = programsOrExit();
  ensureChromium();
  const folder = mkdtempSync(join(tmpdir(), "taskmon-test-"));
  // Servers that refuse to run as root reach their own folders in it.
  chmodSync(folder, 0o711);
  const cleanUp = (): void => {
    process.off("exit", cleanUp);
    killLeftovers(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  // A run that is interrupted twice exits without the teardown.
  process.on("exit", cleanUp);
  // No test gets or leaves a number in the state folder of the machine.
  process.env["TASKMON_STATE_DIR"] = join(folder, "state");
  // Processes that tests start load hundreds of TypeScript sources; the first one strips them for all.
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compile-cache");
  project.provide("testRun", { folder, programs: paths });
  return cleanUp;
}

/** What is missing is one line for the person who reads it; a stack trace would hide it. */
function programsOrExit(): ProgramPaths {
  try {
    return ensurePrograms(programs);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
