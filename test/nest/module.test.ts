import "reflect-metadata";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as common from "@nestjs/common";
import * as core from "@nestjs/core";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import { type Counter, defineCounter } from "../../src/metrics/index.ts";
import {
  HealthCheck,
  InjectMetric,
  metricToken,
  TASKMON,
  TaskmonModule,
  type TaskmonModuleOptions,
} from "../../src/nest/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

const orders = defineCounter({ service: "shop", name: "orders", help: "Orders." });
const refunds = defineCounter({ service: "shop", name: "refunds", help: "Refunds." });

/** Decorators as plain calls: Node.js, which strips types, knows no decorators. */
function onRun(decorator: MethodDecorator, { prototype }: { readonly prototype: object }): void {
  decorator(prototype, "run", Object.getOwnPropertyDescriptor(prototype, "run")!);
}

/** An application of one controller, whose `GET /orders/:id` is counted, and of one failing check. */
function shop(scope?: common.Scope): { Root: new () => unknown; root: common.ModuleMetadata } {
  class Base {
    readonly reason = "gone";
    async run(): Promise<void> {
      throw new Error(this.reason);
    }
  }
  onRun(HealthCheck("db", { fall: 1 }), Base);
  class Database extends Base {}
  common.Injectable(scope === undefined ? {} : { scope })(Database);

  class Orders {
    readonly refunds!: Counter<unknown>;
    readonly orders: Counter<unknown>;
    constructor(counter: Counter<unknown>) {
      this.orders = counter;
    }
    run(): string {
      this.orders.add(1);
      this.refunds.add(2);
      return "order";
    }
  }
  onRun(common.Get(":id"), Orders);
  common.Controller("orders")(Orders);
  InjectMetric(orders)(Orders, undefined, 0);
  InjectMetric(refunds)(Orders.prototype, "refunds");

  class Root {
    readonly name = "root";
  }
  return { Root, root: { controllers: [Orders], providers: [Database] } };
}

function taskmonOf(): Taskmon {
  const taskmon = createTaskmon({ target: { serviceName: "shop" }, allocator: memoryAllocator() });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

async function start(
  given: Partial<TaskmonModuleOptions> = {},
  scope?: common.Scope,
): Promise<{ app: common.INestApplication; taskmon: Taskmon; url: string }> {
  const taskmon = taskmonOf();
  const { Root, root } = shop(scope);
  common.Module({
    ...root,
    imports: [
      TaskmonModule.forRoot({ taskmon, metrics: [orders], drainMs: 0, ...given }),
      TaskmonModule.forFeature([refunds]),
    ],
  })(Root);
  const app: common.INestApplication = await core.NestFactory.create(Root, {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  app.setGlobalPrefix("api");
  await app.listen(0, "127.0.0.1");
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, taskmon, url: `http://127.0.0.1:${port}` };
}

const status = async (url: string): Promise<number> => (await fetch(url)).status;

it("injects metrics, and answers scrapes with them and with routes", async () => {
  const { app, taskmon, url } = await start();
  expect(await status(`${url}/api/orders/7`)).toBe(200);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toMatch(/^orders_total(\{.*\})? 1$/m);
  expect(text).toMatch(/^refunds_total(\{.*\})? 2$/m);
  expect(text).toMatch(/^http_server_request_duration_seconds_count\{.*"\/api\/orders\/:id".* 1$/m);
  expect(app.get(TASKMON)).toBe(taskmon);
  expect(app.get(metricToken(orders))).toBe(taskmon.metrics.counter(orders));
});

it("runs the methods that are marked as checks, inherited ones too, on their instance", async () => {
  const { taskmon, url } = await start();
  await expect.poll(() => taskmon.health.result("db").error?.message).toBe("gone");
  const paths = ["/livez", "/startupz", "/readyz", "/health", "/health/readiness", "/health/none"];
  expect(await Promise.all(paths.map((path) => status(url + path)))).toEqual([
    ...[200, 200, 503, 503, 503, 404],
  ]);
});

it("fails readiness first, answers on for a while, closes, and shuts Taskmon down", async () => {
  const clock = manualClock();
  const { app, taskmon, url } = await start({ drainMs: 3_000, clock });
  const ended = Promise.withResolvers<boolean>();
  taskmon.on("shutdown", () => ended.resolve((app.getHttpServer() as Server).listening));
  const closed = app.close();
  await expect.poll(() => clock.pending).toBe(1);
  expect(await status(`${url}/readyz`)).toBe(503);
  expect(await status(`${url}/api/orders/7`)).toBe(200);
  await clock.advance(2_999);
  expect(await status(`${url}/livez`)).toBe(200);
  await clock.advance(1);
  await closed;
  expect(await ended.promise).toBe(false);
});

it("leaves Taskmon running and takes its checks back where you ask for that", async () => {
  const { app, taskmon } = await start({ shutdown: false, metricsPath: false, health: false });
  expect(taskmon.health.registered("db")).toBe(true);
  let shutDown = false;
  taskmon.on("shutdown", () => (shutDown = true));
  await app.close();
  expect(taskmon.health.registered("db")).toBe(false);
  expect(shutDown).toBe(false);
  expect(taskmon.readers.list).toEqual([]);
});

it("works without a server", async () => {
  const taskmon = taskmonOf();
  const { Root, root } = shop();
  const modules = TaskmonModule.forRoot({ taskmon, core, metrics: [orders, refunds] });
  common.Module({ ...root, imports: [modules] })(Root);
  const app = await core.NestFactory.createApplicationContext(Root, {
    logger: false,
    abortOnError: false,
  });
  expect(taskmon.health.registered("db")).toBe(true);
  await app.close();
});

it("refuses a check on a provider that every request has one of", async () => {
  await expect(start({}, common.Scope.REQUEST)).rejects.toMatchObject({
    ...{ code: "ERR_TASKMON_INVALID_OPTION", option: "HealthCheck db" },
  });
});

it("refuses wrong options", () => {
  const taskmon = taskmonOf();
  const wrong: [object, string][] = [
    [{}, "nest.taskmon"],
    [{ taskmon, metrics: orders }, "nest.metrics"],
    [{ taskmon, metrics: ["orders"] }, "metric"],
    [{ taskmon, metricsPath: "metrics" }, "nest.metricsPath"],
    [{ taskmon, reader: {} }, "nest.reader"],
    [{ taskmon, drainMs: -1 }, "nest.drainMs"],
    [{ taskmon, shutdown: "no" }, "nest.shutdown"],
    [{ taskmon, path: "/metrics" }, "nest.path"],
  ];
  for (const [options, option] of wrong) {
    const refused = expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option });
    expect(() => TaskmonModule.forRoot(options as TaskmonModuleOptions)).toThrow(refused);
  }
  expect(() => HealthCheck(" ")).toThrow("HealthCheck.name");
  expect(() => InjectMetric({} as never)).toThrow("a spec");
});
