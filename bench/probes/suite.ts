import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { interleave } from "../harness/interleave.ts";
import type { BenchOptions } from "../harness/options.ts";
import { type Goal, type GroupResult, judge, type Row } from "../harness/results.ts";
import { type Spread, spreadOf, spreadOfPairs } from "../harness/spread.ts";
import type { Suite } from "../harness/suite.ts";
import { type Blackbox, startBlackbox } from "./blackbox.ts";
import type { Turn } from "./turn.ts";

const DEFAULTS = { rounds: 5, roundMs: 10_000 };
const TARGETS = 10_000;
const INTERVAL_MS = 10_000;

const GOALS: readonly Goal[] = [
  { figure: "of blackbox's", atMost: 1 },
  { figure: "delay p99 ms", atMost: 20 },
];

/** 10,000 targets every 10 seconds in one process, beside blackbox_exporter asked for the same. */
export const probes: Suite = {
  name: "probes",
  async *run(options) {
    yield await measure("tcp", options);
    yield await measure("http", options);
  },
};

async function measure(kind: "tcp" | "http", options: BenchOptions): Promise<GroupResult> {
  const { rounds = DEFAULTS.rounds, roundMs = DEFAULTS.roundMs } = options;
  const servers = fork(join(import.meta.dirname, "servers.ts"));
  let blackbox: Blackbox | undefined;
  let prober: ChildProcess | undefined;
  try {
    const [ports] = (await once(servers, "message")) as [[number, number]];
    const port = ports[kind === "tcp" ? 0 : 1];
    blackbox = await startBlackbox(kind, port, TARGETS, INTERVAL_MS);
    const args = [kind, port, TARGETS, INTERVAL_MS].map(String);
    prober = fork(join(import.meta.dirname, "prober.ts"), args);
    await message(prober);
    const ours: Turn[] = [];
    const theirs: Turn[] = [];
    const contenders = [
      async () => {
        prober!.send(roundMs);
        ours.push((await message(prober!)) as Turn);
      },
      async () => void theirs.push(await blackbox!.turn(roundMs)),
    ];
    await interleave(contenders, rounds, (contender) => contender());
    return {
      name: `${kind.toUpperCase()} probes of ${TARGETS} targets every ${INTERVAL_MS / 1_000} s`,
      note: "CPU of the prober alone. Bytes are of the heap, with the metrics of every target.",
      baseline: "blackbox_exporter",
      rounds,
      rows: [rowOfOurs(ours, theirs), { contender: "blackbox_exporter", ...figuresOf(theirs) }],
    };
  } finally {
    blackbox?.stop();
    if (prober?.connected) prober.disconnect();
    if (servers.connected) servers.disconnect();
  }
}

function rowOfOurs(ours: readonly Turn[], theirs: readonly Turn[]): Row {
  const figures = {
    ...figuresOf(ours).figures,
    "of blackbox's": spreadOfPairs(ours.map(perProbe), theirs.map(perProbe), (a, b) => a / b),
    "delay p99 ms": spreadOf(ours.map(({ delayP99Ms }) => delayP99Ms!)),
    "bytes/target": spreadOf(ours.map(({ bytesPerTarget }) => bytesPerTarget!)),
  };
  return { contender: "taskmon", figures, goals: judge(figures, GOALS) };
}

function figuresOf(turns: readonly Turn[]): Omit<Row, "contender"> {
  const figures: Record<string, Spread> = {
    "us CPU/probe": spreadOf(turns.map(perProbe)),
    "probes/turn": spreadOf(turns.map(({ passed, failed }) => passed + failed)),
    failed: spreadOf(turns.map(({ failed }) => failed)),
  };
  return { figures, goals: [] };
}

function perProbe({ cpuUs, passed, failed }: Turn): number {
  return cpuUs / (passed + failed);
}

async function message(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The prober ended with ${String(code)}`);
  });
  ended.catch(() => undefined);
  const [value] = (await Promise.race([once(child, "message"), ended])) as unknown[];
  return value;
}
