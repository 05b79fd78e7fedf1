import { expect, it, onTestFinished } from "vitest";
import { createApp, defineService, type ServiceLogger } from "../../src/app/index.ts";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { logged } from "./logged.ts";

// A real Taskmon object, as an app has it.

function setup(): { taskmon: ReturnType<typeof createTaskmon> } {
  const target = { serviceName: "shop", jobName: "web", region: "here" };
  const taskmon = createTaskmon({ target, allocator: memoryAllocator() });
  onTestFinished(() => taskmon.shutdown());
  return { taskmon };
}

it("takes levels of services from the settings, by name, by id and for all others, while it runs", async () => {
  const { taskmon } = setup();
  const { sink } = logged();
  const loggers: Record<string, ServiceLogger> = {};
  const service = (id: bigint, name: string) =>
    defineService({ id, name, start: ({ logger }) => void (loggers[name] = logger) });
  const app = createApp({
    ...{ taskmon, logger: sink },
    services: [service(1n, "mail"), service(0x1fn, "db"), service(3n, "web")],
  });
  await app.start();
  const levels = (): unknown[] => app.view().services.map(({ logLevel }) => logLevel);
  const isDebug = (name: string): boolean => loggers[name]!.enabled("debug");

  expect(levels()).toEqual(["info", "info", "info"]);
  taskmon.settings.update({
    services: {
      mail: { logLevel: "debug" },
      "0x1F": { logLevel: "error" },
      "*": { logLevel: "warn" },
    },
  });
  expect(levels()).toEqual(["debug", "error", "warn"]);
  expect([app.logLevel, isDebug("mail"), isDebug("db")]).toEqual(["warn", true, false]);
  // The settings win over the code, where they say something of the very service.
  app.setServiceLogLevel(1n, "none");
  app.setServiceLogLevel(3n, "none");
  expect(levels()).toEqual(["debug", "error", "none"]);
  taskmon.settings.update({ services: { mail: { logLevel: "info" } } });
  expect(isDebug("mail")).toBe(false);

  await app.shutdown();
});

it("runs the checks of a service under its name, and forgets them when it ends", async () => {
  const { taskmon } = setup();
  const mail = defineService({
    id: 1n,
    name: "mail",
    start({ health }) {
      health.register("connection", () => ({ status: "fail", message: "no route" }));
    },
  });
  const app = createApp({ taskmon, services: [mail], logger: { emit() {} } });
  await app.start();

  expect(taskmon.health.names()).toEqual(["services", "mail.connection"]);
  expect((await taskmon.health.run("mail.connection")).outcome).toBe("fail");
  expect((await taskmon.health.run("services")).outcome).toBe("pass");
  await app.get(mail)!.kill();
  expect(taskmon.health.names()).toEqual(["services"]);
  expect((await taskmon.health.run("services")).outcome).toBe("fail");

  await app.shutdown();
});

it("works without one: nobody runs the checks of a service", async () => {
  const mail = defineService({
    id: 1n,
    name: "mail",
    start: ({ health }) => health.register("connection", () => ({ status: "fail" })),
  });
  const app = createApp({ services: [mail], logger: { emit() {} } });
  await app.start();
  expect(app.get(mail)?.state).toBe("alive");
  await app.shutdown();
});

it("finds metrics by service and id", async () => {
  const { taskmon } = setup();
  const app = createApp({ taskmon, logger: { emit() {} } });
  const { counterVectors, counters } = app.metrics.catalogue;
  expect(counterVectors.get("0x7461736b6d6f6e0a", "0x5")?.name).toBe("taskmon.app.errors");
  expect(counterVectors.ids("0x7461736b6d6f6e0a")).toEqual([4n, 5n]);
  expect(counters.ids("0x7461736b6d6f6e0a")).toEqual([]);
  await app.shutdown();
});
