import { interleave } from "../harness/interleave.ts";
import type { BenchOptions } from "../harness/options.ts";
import { type Goal, type GroupResult, judge } from "../harness/results.ts";
import { type Spread, spreadOf, spreadOfPairs } from "../harness/spread.ts";
import type { Suite } from "../harness/suite.ts";
import { createLoad } from "./load.ts";
import { type Framework, startServer, type ServerProcess } from "./server-process.ts";

const DEFAULTS = { rounds: 40, roundMs: 500 };
const WARM_UP_ROUNDS = 8;
/** The first is the baseline, the last the peer. */
const KINDS = ["bare", "taskmon", "taskmon, instruments", "instrumentation-http"] as const;
/** Of Taskmon as it is by default. A framework's own work hides part of what is added, and adds routes. */
const GOALS: Readonly<Record<Framework, readonly Goal[]>> = {
  "node:http": [
    { figure: "of bare", atLeast: 0.92 },
    { figure: "of instrumentation-http's", atMost: 0.125 },
  ],
  express: [
    { figure: "of bare", atLeast: 0.85 },
    { figure: "of instrumentation-http's", atMost: 0.2 },
  ],
  fastify: [
    { figure: "of bare", atLeast: 0.85 },
    { figure: "of instrumentation-http's", atMost: 0.2 },
  ],
};

/** A server under load, and what its rounds came to. */
interface Runner {
  readonly server: ServerProcess;
  readonly throughput: number[];
  /** Microseconds of CPU per request, of all the server's threads. */
  readonly cpu: number[];
}

/** An HTTP server without instrumentation, with Taskmon's and with OpenTelemetry's. */
export const httpServer: Suite = {
  name: "http-server",
  async *run(options) {
    for (const framework of ["node:http", "express", "fastify"] as const) {
      yield await measureServers(framework, options);
    }
  },
};

async function measureServers(framework: Framework, options: BenchOptions): Promise<GroupResult> {
  const { rounds = DEFAULTS.rounds, roundMs = DEFAULTS.roundMs } = options;
  const servers = [];
  try {
    for (const kind of KINDS) servers.push(await startServer(kind, framework));
    const runners = servers.map((server): Runner => ({ server, throughput: [], cpu: [] }));
    const loads = new Map(servers.map((server) => [server, createLoad(server.port)]));

    const turn = async ({ server, throughput, cpu }: Runner): Promise<void> => {
      const before = await server.cpuMicros();
      const { requests, ms } = await loads.get(server)!.run(roundMs);
      throughput.push((requests * 1_000) / ms);
      cpu.push(((await server.cpuMicros()) - before) / requests);
    };
    await interleave(runners, Math.min(WARM_UP_ROUNDS, rounds), turn);
    for (const { throughput, cpu } of runners) throughput.length = cpu.length = 0;
    await interleave(runners, rounds, turn);

    for (const [server, load] of loads) {
      load.close();
      await checkMetrics(server, load.total);
    }
    return result(framework, runners, rounds);
  } finally {
    for (const server of servers) server.stop();
  }
}

/** An instrumentation that observes nothing would be fast, and prove nothing. */
async function checkMetrics(server: ServerProcess, requests: number): Promise<void> {
  const expected = server.kind === "bare" ? 0 : requests;
  const measured = await server.measuredRequests();
  if (measured === expected) return;
  throw new Error(`${server.kind} was to measure ${expected} requests, and measured ${measured}`);
}

function result(framework: Framework, runners: readonly Runner[], rounds: number): GroupResult {
  const [bare] = runners;
  const peer = runners.at(-1);
  const added = (runner: Runner): number[] =>
    runner.cpu.map((cpu, round) => cpu - bare!.cpu[round]!);
  const rows = runners.map((runner) => {
    const figures: Record<string, Spread> = {
      "requests/s": spreadOf(runner.throughput),
      "of bare": spreadOfPairs(runner.throughput, bare!.throughput, (own, base) => own / base),
      "CPU us/request": spreadOf(runner.cpu),
    };
    if (runner !== bare) {
      figures["CPU us added"] = spreadOf(added(runner));
      figures["of instrumentation-http's"] = spreadOfPairs(
        added(runner),
        added(peer!),
        (own, theirs) => own / theirs,
      );
    }
    const goals = runner.server.kind === "taskmon" ? GOALS[framework] : [];
    return { contender: runner.server.kind, figures, goals: judge(figures, goals) };
  });
  return {
    name: `HTTP server, ${framework}`,
    note: [
      "A server in a process of its own, in a NodeSDK with a periodic reader and without a tracer; all of",
      "Taskmon's metrics on. CPU is that of the server's process. Throughput is limited by the load as well,",
      "unless two cores are idle.",
    ].join("\n"),
    baseline: "bare",
    rounds,
    rows,
  };
}
