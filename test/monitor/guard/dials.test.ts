import { Agent } from "node:http";
import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { httpProbe } from "../../../src/probe/index.ts";
import { manualClock } from "../../../src/testing/index.ts";
import { ask, closed, listening, rig } from "./rig.ts";

const FLOOR_MS = 250;

it("dials a service that is down once per floor, however many ask", async () => {
  let dials = 0;
  // Something is there, and hangs up.
  const dead = createServer((socket) => {
    dials++;
    socket.destroy();
  });
  const clock = manualClock();
  const port = await listening(dead);
  onTestFinished(() => closed(dead));
  await using wiki = await rig({
    upstream: port,
    service: { probe: httpProbe(), clock, floorMs: FLOOR_MS },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  onTestFinished(() => agent.destroy());
  const askTimes = async (count: number): Promise<Set<number>> => {
    const answers = await Promise.all(
      Array.from({ length: count }, () => ask(wiki.port, { agent })),
    );
    return new Set(answers.map(({ status }) => status));
  };

  expect(await askTimes(2_000)).toEqual(new Set([503]));
  expect(dials).toBe(1);
  await clock.advance(FLOOR_MS);
  expect(await askTimes(200)).toEqual(new Set([503]));
  expect(dials).toBe(2);
});
