import { join } from "node:path";
import { expect, it } from "vitest";
import { start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const root = join(import.meta.dirname, "../..");
const TOKEN = "a-token-of-the-example";

it("has a service that prints where its page is, and ends where its page says so", async () => {
  const port = await freePort();
  const service = await start(
    process.execPath,
    ["--conditions=@taskmon/source", "examples/admin/service.ts"],
    { cwd: root, env: { ADMIN_TOKEN: TOKEN, ADMIN_PORT: String(port) } },
  );
  const url = `http://127.0.0.1:${port}/`;
  const page = async (): Promise<string> => (await fetch(url)).text();
  await expect
    .poll(() => page().catch(() => ""), { timeout: 20_000 })
    .toContain("12 items are left");
  const killed = await fetch(`${url}api/v1/kill`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: '{"why":"the test is over"}',
  });
  expect(killed.status).toBe(200);
  const { code, stdout } = await service.ended;
  expect([code, stdout]).toEqual([0, `The status page is at ${url}\n`]);
});
