import { expect, it, vi } from "vitest";
import {
  createApp,
  defineEvent,
  defineService,
  LOG_EVENTS,
  type LoggerOption,
  type ServiceLogger,
} from "../../../src/app/index.ts";
import { logged } from "../logged.ts";

const placed = defineEvent({ name: "shop.order.placed", id: "0x77" });

async function serviceLogger(
  logger: LoggerOption,
): Promise<{ log: ServiceLogger; app: ReturnType<typeof createApp> }> {
  let log!: ServiceLogger;
  const service = defineService({
    id: 7n,
    name: "shop",
    start: (context) => void (log = context.logger),
  });
  const app = createApp({ logger, services: [service] });
  await app.start();
  return { log, app };
}

it("emits an event with its name, its id and the service's", async () => {
  const { sink, named } = logged();
  const { log } = await serviceLogger(sink);

  log.event(placed, "Order placed", { "shop.order.total": 12 });

  expect(named("shop.order.placed")).toEqual([
    {
      eventName: "shop.order.placed",
      severityNumber: 9,
      severityText: "INFO",
      body: "Order placed",
      attributes: expect.objectContaining({
        "taskmon.event.id": "77",
        "taskmon.service.id": "7",
        "taskmon.service.name": "shop",
        "shop.order.total": 12,
      }) as Record<string, unknown>,
    },
  ]);
});

it("obeys a level at once, the service's own before the app's, and builds nothing that is not wanted", async () => {
  const { sink, records } = logged();
  const { log, app } = await serviceLogger(sink);
  const build = vi.fn(() => ({}));

  log.debug("no", build);
  expect(build).not.toHaveBeenCalled();
  app.setServiceLogLevel(7n, "debug");
  log.debug("yes", build);
  app.setServiceLogLevel(7n, undefined);
  app.logLevel = "none";
  log.error("no", build);

  expect(build).toHaveBeenCalledOnce();
  expect(
    records.filter(({ body }) => body === "yes" || body === "no").map(({ body }) => body),
  ).toEqual(["yes"]);
  expect(log.enabled("error")).toBe(false);
  expect(() => app.setServiceLogLevel(7n, "loud" as never)).toThrow("logLevel");
});

it("asks the sink whether a record is wanted", async () => {
  const { sink, records } = logged();
  const { log } = await serviceLogger({
    ...sink,
    enabled: ({ severityNumber }) => severityNumber >= 13,
  });
  log.info("no");
  log.warn("yes");
  expect(records.map(({ body }) => body)).toEqual(["yes"]);
});

it("never throws into the program", async () => {
  const { log } = await serviceLogger({
    emit: () => {
      throw new Error("disk full");
    },
  });
  log.info("x");
  log.info("x", () => {
    throw new Error("bad attributes");
  });
});

it.each([
  ["pino", { bindings: () => ({}), child: () => ({}) }, 1],
  ["the console", {}, 0],
])("writes to %s as that is called", async (_, more, bodyAt) => {
  const calls: unknown[][] = [];
  const method = (...args: unknown[]): void => void calls.push(args);
  const { log } = await serviceLogger({
    debug: method,
    info: method,
    warn: method,
    error: method,
    ...more,
  });
  calls.length = 0;
  log.warn("careful", { a: 1 });
  expect(calls[0]?.[bodyAt]).toBe("careful");
  expect(calls[0]?.[1 - bodyAt]).toMatchObject({ logger: "shop", a: 1 });
});

it("refuses what is no logger", () => {
  expect(() => createApp({ logger: { log() {} } as never })).toThrow("logger");
});

it.each(["Shop.placed", "shop..placed", "shop.order-7", "", 5])(
  "refuses the event name %j",
  (name) => {
    expect(() => defineEvent({ name: name as string })).toThrow("event.name");
  },
);

it("has the events of OysterPack by its names, each with an id of its own", () => {
  const ids = Object.values(LOG_EVENTS).map(({ id }) => id);
  expect(ids).toHaveLength(27);
  expect(new Set(ids).size).toBe(27);
  expect(LOG_EVENTS.APP_STARTED).toEqual({ name: "taskmon.app.started", id: "a482715a50d67a5f" });
});

it("emits the lifecycle where OysterPack documents it", async () => {
  const { sink, records } = logged();
  const app = createApp({ logger: sink, services: [defineService({ id: 1n, name: "a" })] });
  await app.start();
  await app.shutdown();
  await app.unregister(1n);
  expect(records.map(({ eventName }) => eventName)).toEqual([
    "taskmon.service.registered",
    "taskmon.service.starting",
    "taskmon.service.started",
    "taskmon.app.started",
    "taskmon.app.stopping",
    "taskmon.service.killed",
    "taskmon.service.stopping",
    "taskmon.service.stopped",
    "taskmon.app.stopped",
    "taskmon.service.unregistered",
  ]);
});
