import { join } from "node:path";
import { expect, it } from "vitest";
import { start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const folder = join(import.meta.dirname, "../../examples/health");
const root = join(folder, "../..");

it("has a service that starts, gets ready, drains on SIGTERM and ends with code 0", async () => {
  const port = await freePort();
  const service = await start(
    process.execPath,
    ["--conditions=@taskmon/source", join(folder, "service.ts")],
    { cwd: root, env: { PORT: String(port), DRAIN_MS: "500" } },
  );
  const status = async (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.status,
      () => 0,
    );
  await expect.poll(() => status("/livez"), { timeout: 20_000 }).toBe(200);
  await expect.poll(() => status("/startupz"), { timeout: 20_000, interval: 10 }).toBe(200);
  await expect.poll(() => status("/readyz"), { timeout: 20_000, interval: 10 }).toBe(200);
  expect(await status("/")).toBe(200);
  // Every check has its first run within a second or two.
  const people = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/health`)).text();
  await expect.poll(people, { timeout: 20_000 }).toMatch(/^(pass|warn)\nevent-loop: /);

  service.kill("SIGTERM");
  await expect.poll(() => status("/readyz"), { interval: 10 }).toBe(503);
  expect(await status("/livez")).toBe(200);
  expect(await service.ended).toMatchObject({ code: 0, stderr: "" });
});
