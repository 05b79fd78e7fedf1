import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, vi } from "vitest";
import { pageCode } from "../setup/readme.ts";

it("answers as the page says, on every runtime", async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "runtimes-page-"));
  vi.stubEnv("TASKMON_STATE_DIR", folder);
  const source = join(import.meta.dirname, "../../src");
  const code = pageCode("docs/runtimes.md", "wrapped")
    .replaceAll(/"taskmon(\/\w+)?"/g, (_name, part = "") => `"${join(source, part, "index.ts")}"`)
    .replace("const taskmon", "export const taskmon");
  const file = join(folder, "wrapped.ts");
  writeFileSync(file, code);
  const { answer, taskmon } = (await import(file)) as {
    answer(request: Request): Promise<Response>;
    readonly taskmon: { shutdown(): Promise<void> };
  };
  const get = async (path: string): Promise<Response> =>
    answer(new Request(`http://localhost${path}`));
  expect(await (await get("/users/7")).text()).toBe("Ada");
  expect((await get("/made-up")).status).toBe(404);
  expect(await (await get("/metrics")).text()).toContain("taskmon_");
  await taskmon.shutdown();
});
