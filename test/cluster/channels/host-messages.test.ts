import { fork } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { expect, inject, it, onTestFinished } from "vitest";
import {
  listenBesideHost,
  type MessageEmitter,
} from "../../../src/cluster/channels/beside-host.ts";
import { clusterScrape } from "../../../src/cluster/index.ts";
import { forget, remember } from "../../setup/leftovers.ts";
import { until } from "../shop.ts";

it.each(["goes on", "has stopped"])(
  "leaves the host's messages to it, on both sides, where it listens late and Taskmon %s",
  async (how) => {
    const scrape = clusterScrape(new PrometheusExporter({ preventServerStart: true }), {
      followAll: false,
    });
    const child = fork(join(import.meta.dirname, "../fixtures/late-host.ts"), {
      execArgv: ["--conditions=@taskmon/source", "--no-warnings"],
      env: { ...process.env, STOP: how === "has stopped" ? "yes" : "no" },
      detached: true,
    });
    const { folder } = inject("testRun");
    remember(folder, child.pid!);
    let ended = false;
    child.once("exit", () => {
      forget(folder, child.pid!);
      ended = true;
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
      scrape.stop();
    });
    scrape.add(child);
    // Before anybody listens there.
    for (const told of ["one", "two"]) child.send({ told });
    await until(() => scrape.workers.length === 1, "a worker");
    if (how === "has stopped") {
      await until(() => scrape.workers.length === 0, "its leave");
      scrape.stop();
    }
    await sleep(50);
    const heard: unknown[] = [];
    child.on("message", (message) => void heard.push(message));
    child.send({ told: "leave" });
    await until(() => ended, "the child's end");
    const foreign = heard.filter((message) => !("taskmon" in (message as object)));
    expect(foreign).toEqual([
      { said: "first" },
      { said: "second" },
      { heard: { told: "one" } },
      { heard: { told: "two" } },
      { heard: { told: "leave" } },
    ]);
  },
);

it("keeps no message that the host has heard, nor one of its own", async () => {
  const emitter = new EventEmitter();
  const ours: unknown[] = [];
  const end = listenBesideHost(emitter as unknown as MessageEmitter, (message) =>
    ours.push(message),
  );
  emitter.emit("message", { taskmon: "scrape" });
  emitter.emit("message", "kept", "handle");
  const host: unknown[][] = [];
  const listener = (...args: unknown[]): void => void host.push(args);
  emitter.on("message", listener);
  await turn();
  emitter.emit("message", "heard");
  emitter.removeListener("message", listener);
  emitter.once("message", listener);
  await turn();
  expect(host).toEqual([["kept", "handle"], ["heard"]]);
  end();
  end();
  emitter.removeAllListeners("message");
  expect(emitter.eventNames()).toEqual([]);
  expect(ours).toContain("heard");
});

it("gives a host that takes one message at a time each of them", async () => {
  const emitter = new EventEmitter();
  const end = listenBesideHost(emitter as unknown as MessageEmitter, () => undefined);
  for (const message of [1, 2, 3]) emitter.emit("message", message);
  end();
  const host: unknown[] = [];
  for (let count = 0; count < 3; count++) {
    emitter.once("message", (message) => void host.push(message));
    await turn();
  }
  expect(host).toEqual([1, 2, 3]);
  expect(emitter.eventNames()).toEqual([]);
});
