import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { interleave } from "../harness/interleave.ts";
import type { BenchOptions } from "../harness/options.ts";
import { type Goal, type GroupResult, judge } from "../harness/results.ts";
import { type Spread, spreadOf, spreadOfPairs } from "../harness/spread.ts";
import type { Suite } from "../harness/suite.ts";
import { measureAsleep } from "./asleep.ts";
import { type ProxyKind, type ProxyProcess, startProxy } from "./proxy-process.ts";

const DEFAULTS = { rounds: 15, roundMs: 250 };
const WARM_UP_ROUNDS = 3;
const CONNECTIONS = 64;
const KINDS: readonly ProxyKind[] = [
  ...(["taskmon", "taskmon, undici", "http-proxy-3", "httpxy", "@fastify/http-proxy"] as const),
];
const goals: Readonly<Partial<Record<ProxyKind, Goal>>> = {
  taskmon: { figure: "of the fastest peer's", atMost: 1.1 },
  "taskmon, undici": { figure: "of the fastest peer's", atMost: 0.75 },
};

/** The CPU of a forwarded request, beside other proxies; and what a service that is down is spared. */
export const guard: Suite = {
  name: "guard",
  async *run(options) {
    yield await measure("1 kB", 1_000, 4, options);
    yield await measure("1 MB", 1_000_000, 0.2, options);
    yield await measureAsleep(options);
  },
};

/** @param perMs requests of a round for each of its milliseconds, roughly */
async function measure(
  size: string,
  bytes: number,
  perMs: number,
  options: BenchOptions,
): Promise<GroupResult> {
  const { rounds = DEFAULTS.rounds, roundMs = DEFAULTS.roundMs } = options;
  const requests = Math.max(CONNECTIONS, Math.round(roundMs * perMs));
  const body = Buffer.alloc(bytes, "x");
  const upstream = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": bytes }).end(body);
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const runners: { readonly proxy: ProxyProcess; readonly cpu: number[] }[] = [];
  try {
    for (const kind of KINDS) runners.push({ proxy: await startProxy(kind, port), cpu: [] });
    const turn = async ({ proxy, cpu }: (typeof runners)[number]): Promise<void> => {
      const before = await proxy.cpuMicros();
      await load(proxy.port, agent, requests, bytes);
      cpu.push(((await proxy.cpuMicros()) - before) / requests);
    };
    await interleave(runners, WARM_UP_ROUNDS, turn);
    for (const { cpu } of runners) cpu.length = 0;
    await interleave(runners, rounds, turn);
  } finally {
    for (const { proxy } of runners) proxy.stop();
    agent.destroy();
    upstream.close();
    upstream.closeAllConnections();
  }
  const peers = runners.filter(({ proxy }) => !proxy.kind.startsWith("taskmon"));
  const [fastest] = peers.toSorted((a, b) => median(a.cpu) - median(b.cpu));
  const rows = runners.map(({ proxy, cpu }) => {
    const figures: Record<string, Spread> = {
      "CPU us/request": spreadOf(cpu),
      "of the fastest peer's": spreadOfPairs(cpu, fastest!.cpu, (own, theirs) => own / theirs),
    };
    const goal = goals[proxy.kind];
    return {
      contender: proxy.kind,
      figures,
      goals: judge(figures, goal === undefined ? [] : [goal]),
    };
  });
  return {
    name: `Guard, ${size}`,
    note: `${CONNECTIONS} connections; each proxy in a process of its own. CPU is that of the process.`,
    ...{ baseline: fastest!.proxy.kind, rounds, rows },
  };
}

/** Sends so many requests, {@link CONNECTIONS} at a time. */
async function load(port: number, agent: Agent, requests: number, bytes: number): Promise<void> {
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const got = await new Promise<number>((resolve, reject) => {
        const request = get({ host: "127.0.0.1", port, agent }, (response) => {
          let length = 0;
          response.on("data", (chunk: Buffer) => (length += chunk.length));
          response.on("end", () => resolve(length));
        });
        request.on("error", reject);
      });
      if (got !== bytes) throw new Error(`A proxy gave ${got} bytes of ${bytes}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
}
