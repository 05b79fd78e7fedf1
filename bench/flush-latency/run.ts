// npm run bench:flush-latency [-- fault… --rounds N --round-ms N --rate N]
//
// How long requests take while the OTLP endpoint is well, and while it is not: on a server without
// telemetry, on one that exports by a timer, and on one that flushes inside requests, side by side. A
// flush is due every second and may take half a second, so that a short run has many; by default it is a
// minute, and five seconds.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Fault, faults, startFaulty } from "../../test/flush/faulty-receiver.ts";
import { interleave } from "../harness/interleave.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "6" },
    "round-ms": { type: "string", default: "2000" },
    rate: { type: "string", default: "400" },
  },
});
const [rounds, roundMs, rate] = [values.rounds, values["round-ms"], values.rate].map(Number) as [
  number,
  number,
  number,
];
const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 500;
/** Longer than any request takes by itself. */
const WAITED_MS = TIMEOUT_MS / 2;
const KINDS = ["bare", "timer", "requests"] as const;

/** One of the servers, and how long its requests took, in milliseconds. */
interface Contender {
  readonly kind: (typeof KINDS)[number];
  readonly child: ChildProcess;
  readonly port: number;
  readonly agent: Agent;
  readonly latencies: number[];
  wrong: number;
}

for (const fault of positionals.length > 0 ? (positionals as Fault[]) : faults) {
  const receiver = await startFaulty(fault);
  const contenders: Contender[] = [];
  try {
    for (const kind of KINDS) contenders.push(await start(kind, receiver.url));
    // Warm up, and let the first flushes be over.
    await interleave(contenders, 1, (contender) => load(contender, roundMs));
    for (const { latencies } of contenders) latencies.length = 0;
    await interleave(contenders, rounds, (contender) => load(contender, roundMs));
    console.log(
      `\nOTLP endpoint: ${fault}; ${rate} requests/s, ${rounds} rounds of ${roundMs} ms each`,
    );
    console.log(
      line(["", "requests", "wrong", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "waited"]),
    );
    for (const contender of contenders) console.log(line(figures(contender)));
  } finally {
    for (const { child, agent } of contenders) {
      agent.destroy();
      child.disconnect();
    }
    await receiver.stop();
  }
}
console.log(
  `\nwaited: requests that took longer than ${WAITED_MS} ms; a flush is due every ${INTERVAL_MS} ms, may take` +
    ` ${TIMEOUT_MS} ms, and after failures is tried 10, 20, 40 … seconds later.`,
);

async function start(kind: Contender["kind"], otlpUrl: string): Promise<Contender> {
  const args = [kind, otlpUrl, String(INTERVAL_MS), String(TIMEOUT_MS)];
  const child = fork(join(import.meta.dirname, "server.ts"), args, {
    execArgv: ["--conditions=@taskmon/source"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [port] = (await once(child, "message")) as [number];
  return { kind, child, port, agent: new Agent({ keepAlive: true }), latencies: [], wrong: 0 };
}

/** Sends requests at the given rate, whether or not the last ones were answered. */
async function load(contender: Contender, forMs: number): Promise<void> {
  const startedAt = performance.now();
  const asked: Promise<void>[] = [];
  for (let sent = 0; ;) {
    const elapsed = performance.now() - startedAt;
    if (elapsed >= forMs) break;
    for (; sent < (elapsed * rate) / 1_000; sent++) asked.push(ask(contender));
    await sleep(1);
  }
  await Promise.all(asked);
}

function ask(contender: Contender): Promise<void> {
  const { port, agent, latencies } = contender;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const over = (isRight: boolean): void => {
      if (!isRight) contender.wrong++;
      latencies.push(performance.now() - startedAt);
      resolve();
    };
    get({ host: "127.0.0.1", port, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => over(response.statusCode === 200 && text.includes("placed")));
    }).on("error", () => over(false));
  });
}

function figures({ kind, latencies, wrong }: Contender): string[] {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(2);
  const waited = sorted.filter((ms) => ms > WAITED_MS).length;
  const percentiles = [0.5, 0.9, 0.99, 0.999, 1].map(at);
  return [kind, String(sorted.length), String(wrong), ...percentiles, String(waited)];
}

function line(cells: readonly string[]): string {
  const [first, ...rest] = cells;
  return `  ${first!.padEnd(10)}${rest.map((cell) => cell.padStart(10)).join("")}`;
}
