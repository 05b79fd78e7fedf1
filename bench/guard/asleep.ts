import { once } from "node:events";
import { Agent, get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchOptions } from "../harness/options.ts";
import { type Goal, type GroupResult, judge } from "../harness/results.ts";
import { type Spread, spreadOf } from "../harness/spread.ts";
import { startProxy } from "./proxy-process.ts";

const DEFAULTS = { rounds: 15, roundMs: 1_000 };
const WARM_UP_ROUNDS = 2;
const PER_SECOND = 2_000;
const TICK_MS = 1;
/** For how long the monitor believes what it knows of a service that is down. */
const FLOOR_MS = 250;

const goals: readonly Goal[] = [
  { figure: "p99, ms", atMost: 1 },
  { figure: "dials per floor", atMost: 1 },
];

/** What clients wait for the answer that a service is down, and how often it is dialled meanwhile. */
export async function measureAsleep(options: BenchOptions): Promise<GroupResult> {
  const { rounds = DEFAULTS.rounds, roundMs = DEFAULTS.roundMs } = options;
  let dials = 0;
  const dead = createServer((socket) => {
    dials++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(dead, "listening");
  const proxy = await startProxy("taskmon, asleep", (dead.address() as AddressInfo).port);
  const agent = new Agent({ keepAlive: true });
  const p50: number[] = [];
  const p99: number[] = [];
  const dialsPerFloor: number[] = [];
  try {
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      const before = dials;
      const startedAtMs = performance.now();
      const waits = (await load(proxy.port, agent, roundMs)).toSorted((a, b) => a - b);
      const floors = Math.floor((performance.now() - startedAtMs) / FLOOR_MS) + 1;
      if (round < WARM_UP_ROUNDS) continue;
      p50.push(waits[Math.floor(waits.length / 2)]!);
      p99.push(waits[Math.floor(waits.length * 0.99)]!);
      dialsPerFloor.push((dials - before) / floors);
    }
  } finally {
    proxy.stop();
    agent.destroy();
    dead.close();
  }
  const figures: Record<string, Spread> = {
    "p50, ms": spreadOf(p50),
    "p99, ms": spreadOf(p99),
    "dials per floor": spreadOf(dialsPerFloor),
  };
  return {
    name: "Guard, the service is down",
    note:
      `${PER_SECOND.toLocaleString("en-US")} requests a second, each answered 503, by clients in another process; ` +
      `the floor is ${FLOOR_MS} ms.`,
    ...{ baseline: "taskmon", rounds },
    rows: [{ contender: "taskmon", figures, goals: judge(figures, goals) }],
  };
}

/** Asks at a steady pace. @returns what each request waited, in milliseconds */
async function load(port: number, agent: Agent, roundMs: number): Promise<number[]> {
  const waits: Promise<number>[] = [];
  const startedAtMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < roundMs; elapsedMs = performance.now() - startedAtMs) {
    // A tick that comes late sends what the late one left out.
    const due = Math.ceil(((elapsedMs + TICK_MS) * PER_SECOND) / 1_000);
    while (waits.length < due) waits.push(ask(port, agent));
    await sleep(TICK_MS);
  }
  return Promise.all(waits);
}

function ask(port: number, agent: Agent): Promise<number> {
  const askedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, agent }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode !== 503) reject(new Error(`answered ${response.statusCode}`));
        resolve(performance.now() - askedAtMs);
      });
    });
    request.once("error", reject);
  });
}
