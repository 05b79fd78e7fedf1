import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

async function example(name: string): Promise<string[]> {
  const { stdout } = await runOk(
    process.execPath,
    ["--conditions=@taskmon/source", join("examples/monitor", name)],
    { cwd: root },
  );
  return stdout.trim().split("\n");
}

it("wakes a sleeping service, and sees it fall asleep again", async () => {
  expect(await example("wake.ts")).toEqual([
    ...["unknown -> down", "down -> up", "Hello from the wiki", "Hello from the wiki"],
    ...["up -> down", "asleep", "1 firing, up after a moment"],
  ]);
});

it("starts a container by the Docker daemon's socket", async () => {
  expect(await example("container.ts")).toEqual([
    ...["the daemon: POST /containers/wiki/start", "onDown done"],
    ...["the daemon: POST /containers/wiki/start", "onUp done"],
    "the daemon: POST /containers/gone/start",
    "onUp failed: The daemon answered 404 for the container gone",
  ]);
});
