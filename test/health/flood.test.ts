import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { Health, healthHandler } from "../../src/health/index.ts";

it("runs no check for two thousand requests while a slow one is under way", async () => {
  const health = new Health();
  onTestFinished(() => health.shutdown());
  let calls = 0;
  health.register("fast", () => void calls++, { initialDelayMs: 60_000 });
  await health.run("fast");
  health.register(
    "slow",
    ({ signal }) => {
      calls++;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    { jitter: 0, timeoutMs: 60_000, critical: false },
  );
  const server = createServer(healthHandler(health)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await expect.poll(() => calls).toBe(2);

  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  onTestFinished(() => agent.destroy());
  const answers: Promise<number>[] = [];
  // A thousand a second, or what the machine can do.
  for (let tick = 0; tick < 100; tick++) {
    for (let request = 0; request < 20; request++) answers.push(ask(port, agent));
    await sleep(20);
  }
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  expect(answers).toHaveLength(2_000);
  expect(calls).toBe(2);
  expect(health.result("slow").consecutiveFailures).toBe(-1);
});

async function ask(port: number, agent: Agent): Promise<number> {
  const request = get({ port, host: "127.0.0.1", path: "/readyz", agent });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode!;
}
