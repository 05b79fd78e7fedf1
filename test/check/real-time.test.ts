import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createEngine } from "../../src/check/engine.ts";
import { CheckRunner } from "../../src/check/runner.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { planOf } from "./harness.ts";

/** Does nothing else for `ms`: what a computation in the service does to its event loop. */
function blockTheLoop(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end("x").on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as { port: number }).port };
}

it("does not fail the checks of working dependencies while the event loop is blocked for three seconds", async () => {
  const { port } = await listening();
  const clock = systemClock();
  const engine = createEngine(clock, 1);
  const outcomes: string[] = [];
  const schedule = { ...planOf(() => {}).schedule, intervalMs: 100 };
  const runner = new CheckRunner(
    planOf(
      async ({ signal }) => {
        // A client with a time limit of its own, which the standstill uses up.
        const response = await fetchBytes(
          port,
          AbortSignal.any([signal, AbortSignal.timeout(300)]),
        );
        return { status: response === "x" ? "pass" : "fail" };
      },
      { schedule },
    ),
    engine,
    { onResult: ({ outcome }) => outcomes.push(outcome) },
  );
  runner.start();
  onTestFinished(() => runner.stop());
  await expect.poll(() => outcomes.length).toBeGreaterThan(2);

  const busy = new CheckRunner(
    planOf(() => blockTheLoop(3_000), { timeoutMs: 500 }),
    engine,
  );
  busy.start();
  onTestFinished(() => busy.stop());
  await expect.poll(() => busy.result?.durationMs ?? 0, { timeout: 10_000 }).toBeGreaterThan(2_900);
  busy.stop();
  // And once in the middle of a run.
  await expect
    .poll(
      async () => {
        const run = runner.run();
        await sleep(1);
        blockTheLoop(1_000);
        return (await run).outcome;
      },
      { timeout: 10_000 },
    )
    .toMatch(/pass|unknown/);

  expect(outcomes).not.toContain("fail");
  expect(runner.status).toBe("pass");
  expect(runner.dropped).toBeGreaterThan(25);
});

async function fetchBytes(port: number, signal: AbortSignal): Promise<string> {
  const { connect } = await import("node:net");
  const socket = connect({ port, host: "127.0.0.1", signal });
  const [bytes] = (await once(socket, "data", { signal })) as [Buffer];
  socket.destroy();
  return bytes.toString();
}
