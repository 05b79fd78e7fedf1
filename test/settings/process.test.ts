import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";
import { folder } from "./files.ts";

const root = join(import.meta.dirname, "../..");

async function run(fixture: string, args: readonly string[] = [], flags: readonly string[] = []) {
  const { stdout } = await runOk(
    process.execPath,
    [
      ...flags,
      "--conditions=@taskmon/source",
      join(import.meta.dirname, "fixtures", fixture),
      ...args,
    ],
    { cwd: root, timeoutMs: 60_000 },
  );
  return stdout.trim();
}

it("keeps no process alive, neither by watching nor by asking from time to time", async () => {
  const path = join(folder(), "settings.yaml");
  writeFileSync(path, "settings: { flushIntervalMs: 2000 }");
  expect(await run("watcher.ts", [path])).toBe("2000\nend");
});

it("lets a program await its settings where nothing else keeps it alive", async () => {
  const path = join(folder(), "settings.yaml");
  writeFileSync(path, "settings: { flushIntervalMs: 2000 }");
  expect(await run("awaiting.ts", [path])).toBe("2000");
});

it("costs next to nothing where a request or a flush asks for settings that are fresh", async () => {
  const { bytes, ns, loads, enabled } = JSON.parse(await run("fresh.ts", [], ["--expose-gc"])) as {
    bytes: number;
    ns: number;
    loads: number;
    enabled: boolean;
  };
  expect({ loads, enabled }).toEqual({ loads: 1, enabled: true });
  expect(bytes).toBeLessThan(1);
  // A few at rest; reading the machine's clock takes thousands.
  expect(ns).toBeLessThan(500);
});
