import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { expect, it, onTestFinished } from "vitest";
import { taskmonFastify, type TaskmonFastifyOptions } from "../../src/fastify/index.ts";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

function create(): { app: FastifyInstance; taskmon: Taskmon } {
  const taskmon = createTaskmon({ target: { serviceName: "shop" }, allocator: memoryAllocator() });
  const app = fastify();
  onTestFinished(async () => {
    await app.close();
    await taskmon.shutdown();
  });
  app.get("/users/:id", async () => "user");
  return { app, taskmon };
}

async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

const status = async (url: string): Promise<number> => (await fetch(url)).status;

it("answers scrapes with the routes of requests, and health", async () => {
  const { app, taskmon } = create();
  await app.register(taskmonFastify, { taskmon, drain: false });
  taskmon.health.register("db", () => {
    throw new Error("gone");
  });
  const url = await listen(app);
  expect(await status(`${url}/users/1`)).toBe(200);

  const scrape = await fetch(`${url}/metrics`);
  expect(scrape.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(await scrape.text()).toMatch(
    /^http_server_request_duration_seconds_count\{.*http_route="\/users\/:id".* 1$/m,
  );
  expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
  await expect.poll(() => taskmon.health.result("db")?.outcome).toBe("fail");
  const answers = ["/livez", "/startupz", "/readyz", "/health/readiness", "/health/none"];
  expect(await Promise.all(answers.map((path) => status(url + path)))).toEqual([
    ...[200, 200, 503, 503, 404],
  ]);
});

it("stands below every prefix, with paths of its own and a reader of yours", async () => {
  const { app, taskmon } = create();
  const reader = taskmon.attach(prometheusReader({ unitSuffixes: false }));
  const options: TaskmonFastifyOptions = {
    ...{ taskmon, reader, metricsPath: "/figures", drain: false },
    health: { paths: { liveness: "/alive" } },
  };
  await app.register(
    async (outer) => void outer.register(taskmonFastify, { ...options, prefix: "/inner" }),
    { prefix: "/ops" },
  );
  const url = await listen(app);
  expect(await status(`${url}/ops/inner/alive`)).toBe(200);
  expect(await status(`${url}/users/1`)).toBe(200);
  expect(await (await fetch(`${url}/ops/inner/figures`)).text()).toMatch(
    /^http_server_request_duration_count\{/m,
  );
  expect(await status(`${url}/metrics`)).toBe(404);
});

it("leaves out what is false", async () => {
  const { app, taskmon } = create();
  await app.register(taskmonFastify, { taskmon, metricsPath: false, health: false, drain: false });
  const codes = ["/metrics", "/livez"].map(async (url) => (await app.inject(url)).statusCode);
  expect(await Promise.all(codes)).toEqual([404, 404]);
  expect(taskmon.readers.list).toEqual([]);
  await app.close();
  expect(taskmon.health.draining).toBe(false);
});

it("fails readiness first, goes on answering for the delay, then closes", async () => {
  const { app, taskmon } = create();
  const clock = manualClock();
  await app.register(taskmonFastify, { taskmon, drain: { delayMs: 3_000, clock } });
  const url = await listen(app);
  expect(await status(`${url}/readyz`)).toBe(200);

  const closed = app.close();
  await expect.poll(() => status(`${url}/readyz`)).toBe(503);
  expect(await status(`${url}/users/1`)).toBe(200);
  await clock.advance(2_999);
  expect(await status(`${url}/livez`)).toBe(200);
  await clock.advance(1);
  await closed;
  expect(app.server.listening).toBe(false);
  expect(clock.pending).toBe(0);
});

it("cuts off what is open when the time is up", async () => {
  const { app, taskmon } = create();
  const clock = manualClock();
  await app.register(taskmonFastify, { taskmon, drain: { closeTimeoutMs: 2_000, clock } });
  const asked = Promise.withResolvers<void>();
  app.get("/forever", async () => {
    asked.resolve();
    await new Promise(() => {});
  });
  const url = await listen(app);
  const cut = fetch(`${url}/forever`).catch((error: Error) => error.message);
  await asked.promise;
  const closed = app.close();
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(5_000);
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(2_000);
  expect(await cut).toBe("fetch failed");
  await closed;
});

it("closes at once where it does not listen", async () => {
  const { app, taskmon } = create();
  const clock = manualClock();
  await app.register(taskmonFastify, { taskmon, drain: { clock } });
  expect((await app.inject("/livez")).statusCode).toBe(200);
  expect((await app.inject("/metrics")).statusCode).toBe(200);
  await app.close();
  expect(clock.pending).toBe(0);
});

it("refuses wrong options when the application gets ready", async () => {
  const { taskmon } = create();
  const wrong: [object, string][] = [
    [{}, "fastify.taskmon"],
    [{ taskmon, metricsPath: "metrics" }, "fastify.metricsPath"],
    [{ taskmon, reader: {} }, "fastify.reader"],
    [{ taskmon, drain: { delayMs: -1 } }, "fastify.drain.delayMs"],
    [{ taskmon, metrics: "/metrics" }, "fastify.metrics"],
    [
      { taskmon, metricsPath: false, health: { paths: { liveness: "x" } } },
      "healthHandler.paths.liveness",
    ],
  ];
  for (const [options, option] of wrong) {
    const app = fastify();
    app.register(taskmonFastify, options as TaskmonFastifyOptions);
    await expect(app.ready()).rejects.toMatchObject({
      ...{ code: "ERR_TASKMON_INVALID_OPTION", option },
    });
  }
  expect(taskmon.readers.list).toEqual([]);
});
