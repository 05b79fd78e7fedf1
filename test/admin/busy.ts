import type { AdminApp } from "../../src/admin/index.ts";
import { createTaskmon, type Taskmon, type TaskmonOptions } from "../../src/index.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineState,
} from "../../src/metrics/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";

/** A Taskmon with something in every section of the page, good and bad. */
export async function busyTaskmon(name: string, options: TaskmonOptions = {}): Promise<Taskmon> {
  const taskmon = createTaskmon({
    target: { serviceName: name, jobName: "web", region: "eu-west-1" },
    identity: {
      version: "4.12.0",
      namespace: "shop",
      app: "0xa1",
      domain: "0xd0",
      release: "0x41200",
    },
    allocator: memoryAllocator(),
    ...options,
  });
  checks(taskmon);
  taskmon.attach(prometheusReader(), { name: "prometheus" });
  await taskmon.task.settled();
  for (let run = 0; run < 40; run++) await runAll(taskmon);
  measure(taskmon);
  taskmon.settings.update(
    { flushIntervalMs: 30_000 },
    { who: "olga", why: "The receiver was slow" },
  );
  await taskmon.monitors.status("wiki").catch(() => undefined);
  return taskmon;
}

let runs = 0;

/** The outcome of a check that fails now and then, the same in each run of the tests. */
function flaky(): { readonly status: "pass" | "warn" | "fail"; readonly message?: string } {
  const at = runs % 40;
  if (at > 37) return { status: "fail", message: "connect ECONNREFUSED 10.0.7.12:5432" };
  if (at % 11 === 5) return { status: "warn", message: "replica is 12 s behind" };
  return { status: "pass" };
}

async function runAll(taskmon: Taskmon): Promise<void> {
  for (const check of taskmon.health.names()) {
    if (taskmon.health.result(check).state !== "paused") await taskmon.health.run(check);
  }
  await taskmon.probes.run("payments");
  runs++;
}

const HOUR = { intervalMs: 3_600_000, initialDelayMs: 3_600_000 } as const;

function checks({ health, probes, monitors }: Taskmon): void {
  health.register("database", flaky, { ...HOUR, groups: ["readiness"] });
  health.register("disk", () => undefined, { ...HOUR, scope: "process", groups: ["liveness"] });
  health.register("queue", () => ({ status: "warn", message: "9,412 messages wait" }), {
    ...HOUR,
    critical: false,
  });
  health.register("search index", () => undefined, HOUR);
  health.pause("search index");
  probes.add({
    name: "payments",
    targets: ["eu", "us", "ap"].map((region) => ({
      name: `payments-${region}.example`,
      host: "127.0.0.1",
    })),
    probe: {
      type: "test",
      run: async ({ name }) =>
        name.includes("-us") && runs > 30
          ? { success: false, error: new Error("The certificate ended on 2026-11-27") }
          : { success: true, latencyMs: 12 },
    },
    ...{ intervalMs: 3_600_000 },
  });
  monitors.add("wiki", { url: "http://127.0.0.1:1/" });
}

function measure({ metrics }: Taskmon): void {
  const service = "shop";
  const requests = metrics.histogram(
    defineHistogram({
      ...{ service, name: "shop.checkout.duration", unit: "s" },
      help: "How long checkouts took, from the first byte to the last.",
      labels: ["shop.payment.method"],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    }),
  );
  for (let at = 0; at < 400; at++) {
    const wait = 0.02 * (1 + ((at * 7_919) % 100) / 12) ** 1.4;
    requests.record(wait, { "shop.payment.method": at % 3 === 0 ? "invoice" : "card" });
  }
  const orders = metrics.counter(
    defineCounter({
      ...{ service, name: "shop.orders", unit: "{order}" },
      help: "Orders that were taken.",
      labels: ["shop.country"],
    }),
  );
  for (const [index, country] of ["de", "fr", "it", "es", "pl"].entries()) {
    orders.add(48_211 >> index, { "shop.country": country });
  }
  metrics
    .gauge(
      defineGauge({
        service,
        name: "shop.basket.value",
        unit: "EUR",
        help: "The mean basket now.",
      }),
    )
    .set(57.25);
  metrics
    .state(
      defineState({
        service,
        name: "shop.mode",
        help: "How the shop works.",
        stateLabel: "shop.state",
      }),
    )
    .set("open");
  const broken = defineGauge({ service, name: "shop.broken", help: "Its callback throws." });
  metrics.gauge(broken).observe(() => {
    throw new Error("the sensor is gone");
  });
}

/** An app of three services, as `taskmon/app` tells of it. */
export function busyApp(): AdminApp {
  const levels = new Map<bigint, string>();
  const startedAt = new Date(Date.now() - 5_400_000).toISOString();
  const names = ["config", "mail", "http"];
  const app: AdminApp = {
    ids: [1n, 2n, 3n],
    logLevel: "info",
    serviceLogLevel: (id) => levels.get(id) ?? app.logLevel,
    setServiceLogLevel: (id, level) => void levels.set(id, level),
    kill: () => undefined,
    config: {
      view: async () => ({ dir: "/run/secrets", exists: true, services: ["0x1", "0x2"] }),
    },
    view: () => ({
      ...{ id: "0xa1", domain: "0xd0", release: "0x41200", instance: "0x77", state: "alive" },
      ...{ startedAt, pid: process.pid, host: "host-1", logLevel: app.logLevel },
      services: names.map((name, index) => ({
        ...{ id: `0x${index + 1}`, name, restarts: index, since: startedAt },
        state: name === "mail" ? "dead" : "alive",
        dependsOn: index === 0 ? [] : ["config"],
        logLevel: app.serviceLogLevel(BigInt(index + 1)),
        ...(name === "mail" && { reason: "550 relay denied" }),
      })),
    }),
  };
  return app;
}
