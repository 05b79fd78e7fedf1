import { join } from "node:path";
import { expect, it } from "vitest";
import { bundled } from "../setup/bundled.ts";
import { runOk } from "../setup/run.ts";

it("counts the streams of a fleet that restarts: flat with task numbers, growing without", async () => {
  const root = join(import.meta.dirname, "../..");
  const { stdout } = await runOk(
    process.execPath,
    [
      ...["--conditions=@taskmon/source", "bench/fleet/run.ts"],
      ...["--processes", "2", "--restarts", "2"],
    ],
    { cwd: root, env: { FLEET_PROGRAM: await bundled(join(root, "bench/fleet/process.ts")) } },
  );
  expect(stdout.trim().split("\n")).toEqual([
    "opentelemetry: 2 processes, 2 restarts: 6 streams (after each start: 2 4 6)",
    "taskmon: 2 processes, 2 restarts: 2 streams (after each start: 2 2 2)",
  ]);
});
