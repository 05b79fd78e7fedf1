import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, inject, it, onTestFinished } from "vitest";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { clusterScrape, shareLease } from "../../../src/cluster/index.ts";
import { bundled } from "../../setup/bundled.ts";
import { forget, remember } from "../../setup/leftovers.ts";
import { lender } from "../harness.ts";
import { until } from "../shop.ts";

const file = await bundled(join(import.meta.dirname, "../fixtures/quiet.ts"));
const execArgv = ["--no-warnings"];

interface Quiet {
  readonly heard: readonly unknown[];
  readonly code: number | undefined;
  tell(message: object): void;
}

function start(kind: "process" | "thread", host: string): Quiet {
  const env = { ...process.env, HOST: host };
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const scrape = clusterScrape(exporter, { followAll: false });
  const share = shareLease(
    lender({ target: { serviceName: "quiet", jobName: "quiet", hostName: "host-a" } }),
    { followAll: false },
  );
  const heard: unknown[] = [];
  let code: number | undefined;
  const child: ChildProcess | Worker =
    kind === "process"
      ? fork(file, { env, execArgv, detached: true })
      : new Worker(file, { env, execArgv });
  if ("pid" in child) remember(inject("testRun").folder, child.pid!);
  child.on("message", (message: unknown) => void heard.push(message));
  child.on("exit", (ended: number) => {
    code = ended;
    if ("pid" in child) forget(inject("testRun").folder, child.pid!);
  });
  scrape.add(child);
  share.add(child);
  onTestFinished(async () => {
    if (!(child instanceof Worker)) child.kill("SIGKILL");
    else await child.terminate();
    await share.stop();
    await provider.shutdown();
  });
  return {
    heard,
    get code() {
      return code;
    },
    tell: (message) => {
      if (!(child instanceof Worker)) child.send(message);
      else child.postMessage(message);
    },
  };
}

const isReady = (quiet: Quiet) => () =>
  quiet.heard.some((message) => typeof message === "object" && "ready" in message!);

it.each(["process", "thread"] as const)("lets a %s end that has nothing to do", async (kind) => {
  const quiet = start(kind, "never");
  await until(isReady(quiet), "a number and a welcome");
  await until(() => quiet.code !== undefined, "its end");
  expect(quiet.code).toBe(0);
});

it.each([
  ["process", "before"],
  ["process", "after"],
  ["thread", "before"],
  ["thread", "after"],
] as const)(
  "keeps a %s alive whose host listens, begun %s us, until it listens no more",
  async (kind, when) => {
    const quiet = start(kind, when);
    await until(isReady(quiet), "a number and a welcome");
    await sleep(300);
    expect(quiet.code).toBeUndefined();
    quiet.tell({ tell: "something" });
    quiet.tell({ tell: "leave" });
    await until(() => quiet.code !== undefined, "its end");
    expect(quiet.code).toBe(0);
    // The host has what was meant for it.
    expect(quiet.heard).toContainEqual({ heard: { tell: "something" } });
  },
);
