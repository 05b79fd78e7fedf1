import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { runOk, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const root = join(import.meta.dirname, "../..");

async function example(name: string): Promise<string[]> {
  const { stdout } = await runOk(
    process.execPath,
    ["--conditions=@taskmon/source", join("examples/monitor", name)],
    { cwd: root },
  );
  return stdout.trim().split("\n");
}

it("shows a page while it wakes a sleeping service, lands on it, and wakes it again when it sleeps", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const guard = await start(
    process.execPath,
    ["--conditions=@taskmon/source", "examples/monitor/wake.ts"],
    { cwd: root, env: { PORT: String(port) } },
  );
  const get = (path = ""): Promise<Response> =>
    fetch(url + path, { headers: { accept: "text/html" } });
  const wakes = async (): Promise<void> => {
    const page = await until(get, ({ status }) => status === 503);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(Number(page.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await page.text()).toContain("wiki");
    const service = await until(get, ({ status }) => status === 200);
    expect(await service.text()).toBe("Hello from the wiki");
  };

  await wakes();
  expect(await (await get("sleep")).text()).toBe("Hello from the wiki");
  await wakes();
  guard.kill("SIGTERM");
  const { code, stdout, stderr } = await guard.ended;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.trim().split("\n")).toEqual([
    ...[`The wiki is at ${url}`, "unknown -> down", "down -> up", "up -> down", "down -> up"],
  ]);
});

/** Asks again and again, as a page does that loads itself anew. */
async function until(
  ask: () => Promise<Response>,
  isIt: (response: Response) => boolean,
): Promise<Response> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const response = await ask().catch(() => undefined);
    if (response !== undefined && isIt(response)) return response;
    await response?.body?.cancel();
    await sleep(100);
  }
  throw new Error("no such answer within a minute");
}

it("starts a container by the Docker daemon's socket", async () => {
  expect(await example("container.ts")).toEqual([
    ...["the daemon: POST /containers/wiki/start", "onDown done"],
    ...["the daemon: POST /containers/wiki/start", "onUp done"],
    "the daemon: POST /containers/gone/start",
    "onUp failed: The daemon answered 404 for the container gone",
  ]);
});
