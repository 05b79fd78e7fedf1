import { interleave } from "../harness/interleave.ts";
import type { BenchOptions } from "../harness/options.ts";
import { type Goal, type GroupResult, judge } from "../harness/results.ts";
import { type Spread, spreadOf, spreadOfPairs } from "../harness/spread.ts";
import type { Suite } from "../harness/suite.ts";
import { type Api, type ClientProcess, startClient } from "./client-process.ts";
import { createResponder } from "./responder.ts";

const DEFAULTS = { rounds: 40, roundMs: 250 };
const WARM_UP_ROUNDS = 8;
/** Of one client on one core of today's, roughly: turns are so many requests, not so much time. */
const REQUESTS_PER_MS = 6;

/** A client, and what its rounds came to. */
interface Runner {
  readonly client: ClientProcess;
  /** Microseconds of CPU per request, of all the process's threads. */
  readonly cpu: number[];
  sent: number;
}

const goals: Readonly<Record<Api, Goal>> = {
  "http.get": { figure: "of upstream's", atMost: 1 / 6 },
  fetch: { figure: "of upstream's", atMost: 1 },
};

/** Requests of `http.get` and `fetch`, bare, with Taskmon's metrics, and with OpenTelemetry's. */
export const httpClient: Suite = {
  name: "http-client",
  async *run(options) {
    yield await measureClients("http.get", options);
    yield await measureClients("fetch", options);
  },
};

async function measureClients(api: Api, options: BenchOptions): Promise<GroupResult> {
  const { rounds = DEFAULTS.rounds, roundMs = DEFAULTS.roundMs } = options;
  const requests = Math.max(1, Math.round(roundMs * REQUESTS_PER_MS));
  const responder = await createResponder();
  const runners = (["bare", "taskmon", "taskmon, instruments", "upstream"] as const).map(
    (kind): Runner => ({
      client: startClient(api, kind),
      cpu: [],
      sent: 0,
    }),
  );
  try {
    const turn = async (runner: Runner): Promise<void> => {
      runner.cpu.push((await runner.client.send(requests, responder.port)) / requests);
      runner.sent += requests;
    };
    await interleave(runners, Math.min(WARM_UP_ROUNDS, rounds), turn);
    for (const { cpu } of runners) cpu.length = 0;
    await interleave(runners, rounds, turn);
    for (const runner of runners) await checkMetrics(runner);
    return result(api, runners, rounds);
  } finally {
    for (const { client } of runners) client.stop();
    responder.close();
  }
}

/** An instrumentation that observes nothing would be fast, and prove nothing. */
async function checkMetrics({ client, sent }: Runner): Promise<void> {
  const expected = client.kind === "bare" ? 0 : sent;
  const measured = await client.measuredRequests();
  if (measured === expected) return;
  throw new Error(`${client.kind} was to measure ${expected} requests, and measured ${measured}`);
}

function result(api: Api, runners: readonly Runner[], rounds: number): GroupResult {
  const [bare] = runners;
  const upstream = runners.at(-1);
  const added = (runner: Runner): number[] =>
    runner.cpu.map((cpu, round) => cpu - bare!.cpu[round]!);
  const rows = runners.map((runner) => {
    const figures: Record<string, Spread> = { "CPU us/request": spreadOf(runner.cpu) };
    if (runner !== bare) {
      figures["CPU us added"] = spreadOf(added(runner));
      figures["of upstream's"] = spreadOfPairs(
        added(runner),
        added(upstream!),
        (own, theirs) => own / theirs,
      );
    }
    const { kind } = runner.client;
    return {
      contender: kind === "upstream" ? upstreamOf[api] : kind,
      figures,
      goals: judge(figures, kind === "taskmon" ? [goals[api]] : []),
    };
  });
  return {
    name: `HTTP client, ${api}`,
    note: [
      "Eight requests at a time over keep-alive connections, each client in a process of its own; all its",
      "metrics are on, through a periodic reader, and there is no tracer. CPU is that of the process.",
    ].join("\n"),
    baseline: "bare",
    rounds,
    rows,
  };
}

const upstreamOf: Readonly<Record<Api, string>> = {
  "http.get": "instrumentation-http",
  fetch: "instrumentation-undici",
};
