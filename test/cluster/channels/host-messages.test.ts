import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { expect, inject, it, onTestFinished } from "vitest";
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
    expect(heard).toEqual([
      { said: "first" },
      { said: "second" },
      { heard: { told: "one" } },
      { heard: { told: "two" } },
      { heard: { told: "leave" } },
    ]);
  },
);
