import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, it } from "vitest";
import { type OtlpExport, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { Front } from "./front.ts";
import { type Program, startProgram } from "./programs.ts";

const PROCESSES = 5;
/** As many as the figures in the docs are of, in `npm run test:nightly`. */
const ROUNDS = Number(process.env["TASKMON_ROLLING_ROUNDS"] ?? 4);
const CLIENTS = 3;

/** The protocol's own number for it. */
const DELTA = 1;

/** Short, and yet long enough for a busy machine of two cores. */
const LEASE = {
  ...{ leaseMs: 6_000, heartbeatMs: 1_000, requestTimeoutMs: 1_000 },
  ...{ exportTimeoutMs: 900, quarantineMs: 300 },
};

it(
  `loses no measurement to a rolling restart under load, ${ROUNDS} times in a row`,
  { timeout: 180_000 },
  async () => {
    await using receiver = await startOtlpReceiver();
    await using front = new Front();
    const url = await front.listen();
    const folder = mkdtempSync(join(inject("testRun").folder, "rolling-"));
    const ofName = (name: string): OtlpExport[] =>
      receiver.exports.filter(({ resource }) => resource["service.version"] === name);

    let started = 0;
    /** A process that has loaded its modules, and begins when it is told to. */
    const prepare = async (): Promise<{ name: string; program: Program }> => {
      const name = `process-${++started}`;
      const program = await startProgram("rolling-service.ts", [], {
        NAME: name,
        TASK_FILE: join(folder, "tasks.sqlite"),
        LEASE: JSON.stringify(LEASE),
        NODE_COMPILE_CACHE: join(folder, "cache"),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        // Both ways of counting, in turns.
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE:
          started % 2 === 0 ? "delta" : "cumulative",
        OTEL_RESOURCE_ATTRIBUTES: `service.version=${name},host.name=h`,
      });
      return { name, program };
    };
    const prepared = [prepare(), prepare()];
    const begin = async (): Promise<{ name: string; program: Program }> => {
      prepared.push(prepare());
      const { name, program } = await prepared.shift()!;
      await program.line("loaded");
      program.write("go\n");
      const [, address = ""] = (await program.line("serving")).split(" ");
      front.add({ name, url: address });
      return { name, program };
    };
    const end = async ({ name, program }: { name: string; program: Program }): Promise<void> => {
      program.signal("SIGTERM");
      expect(await program.ended, program.said.join("\n")).toEqual({
        code: null,
        signal: "SIGTERM",
      });
      front.remove(name);
      // Answers that are on their way to the front.
      await expect
        .poll(() => front.answered(name), { timeout: 20_000 })
        .toBe(requestsIn(ofName(name)));
    };

    const fleet: { name: string; program: Program }[] = [];
    for (let index = 0; index < PROCESSES; index++) fleet.push(await begin());
    const load = new Load(url, CLIENTS);
    const isBusy = async ({ name }: { name: string }): Promise<void> => {
      await expect.poll(() => front.answered(name), { timeout: 20_000 }).toBeGreaterThan(10);
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (let index = 0; index < PROCESSES; index++) {
        await isBusy(fleet[0]!);
        await end(fleet.shift()!);
        fleet.push(await begin());
      }
    }
    await Promise.all(fleet.map(isBusy));
    const { answered, failures } = await load.stop();
    for (const each of fleet) await end(each);
    for (const { program } of await Promise.all(prepared)) program.signal("SIGKILL");

    expect(failures).toEqual([]);
    expect(requestsIn(receiver.exports)).toBe(answered);
    expect(answered).toBeGreaterThan(ROUNDS * PROCESSES * 10);
    expectOneHolderAtATime(receiver.exports);
    const streams = new Set(
      receiver.exports.map(({ resource }) => String(resource["service.instance.id"])),
    );
    expect(streams.size).toBeLessThanOrEqual(PROCESSES + 1);
  },
);

/** Clients that ask again and again. */
class Load {
  readonly #clients: Promise<void>[];
  readonly #failures: string[] = [];
  #answered = 0;
  #isOver = false;

  constructor(url: string, clients: number) {
    this.#clients = Array.from({ length: clients }, () => this.#ask(url));
  }

  async stop(): Promise<{ answered: number; failures: string[] }> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return { answered: this.#answered, failures: this.#failures };
  }

  async #ask(url: string): Promise<void> {
    while (!this.#isOver) {
      const response = await fetch(url).catch(
        (error: unknown) => new Response(String(error), { status: 500 }),
      );
      const body = await response.text();
      if (response.status === 200) this.#answered += 1;
      else this.#failures.push(`${response.status} ${body}`);
      await sleep(4);
    }
  }
}

/** The requests that arrived: what deltas add up to, and the last count of each cumulative stream. */
function requestsIn(exports: readonly OtlpExport[]): number {
  const counts = new Map<string, number>();
  for (const { resource, metrics } of exports) {
    for (const { name, histogram } of metrics) {
      if (name !== "http.server.request.duration") continue;
      const { aggregationTemporality } = histogram as { aggregationTemporality?: unknown };
      for (const point of histogram?.dataPoints ?? []) {
        const { attributes, startTimeUnixNano, timeUnixNano } = point;
        if (attributes?.["http.route"] !== "/work") continue;
        const end = aggregationTemporality === DELTA && timeUnixNano;
        const key = JSON.stringify([resource, attributes, startTimeUnixNano, end]);
        counts.set(key, Math.max(counts.get(key) ?? 0, Number(point.count)));
      }
    }
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Numbers are dense, and when a process has exported under one, no earlier one does so again. */
function expectOneHolderAtATime(exports: readonly OtlpExport[]): void {
  const holders = new Map<number, string[]>();
  for (const { resource } of exports) {
    const number = Number(resource["taskmon.task.number"]);
    const holder = String(resource["service.version"]);
    const known = holders.get(number) ?? [];
    holders.set(number, known);
    if (known.at(-1) === holder) continue;
    expect(known, `of number ${number}, before ${holder}`).not.toContain(holder);
    known.push(holder);
  }
  expect([...holders.keys()].toSorted((a, b) => a - b)).toEqual(
    Array.from(holders.keys(), (_, index) => index),
  );
  expect(holders.size).toBeLessThanOrEqual(PROCESSES + 1);
}
