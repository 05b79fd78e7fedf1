import { expect, it } from "vitest";
import { InvalidOptionError } from "../../src/index.ts";
import { adminHandler } from "../../src/admin/index.ts";
import { RESOURCES } from "../../src/admin/api.ts";
import { defineCounter, defineHistogram } from "../../src/metrics/index.ts";
import { act, numbered, sceneTaskmon, servedPage, TOKENS } from "./scene.ts";

async function json(url: string, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(url, { headers });
  expect([url, response.status]).toEqual([url, 200]);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  return response.json();
}

it("answers every resource that its index names, with an ETag, and 304 where nothing has changed", async () => {
  const taskmon = sceneTaskmon();
  const url = await servedPage(taskmon);
  const { resources } = await json(`${url}api/v1`);
  expect(resources).toEqual(RESOURCES.map(({ path }) => path));
  const plain = resources.filter((path: string) => !path.includes(":"));
  for (const path of plain) {
    const headers = { authorization: `Bearer ${TOKENS.admin}` };
    const response = await fetch(`${url}api/v1/${path}`, { headers });
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get("etag")).toMatch(/^"[\w-]{16}"$/);
  }
  const first = await fetch(`${url}api/v1/readers`);
  const again = await fetch(`${url}api/v1/readers`, {
    headers: { "if-none-match": `W/"x", ${first.headers.get("etag")}` },
  });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

it("says who the process is, its number and lease", async () => {
  const taskmon = sceneTaskmon();
  await numbered(taskmon);
  const url = await servedPage(taskmon);
  const overview = await json(`${url}api/v1/overview`);
  expect(overview).toMatchObject({
    service: taskmon.task.target.serviceName,
    job: "web",
    region: "eu-west-1",
    instanceId: taskmon.task.instanceId,
    task: { state: "held", number: 0, epoch: taskmon.task.epoch, leaseMs: 60_000 },
    health: "pass",
    pid: process.pid,
    versions: { node: process.versions.node },
  });
  expect(overview.task.leasedUntilMs - Date.now()).toBeGreaterThan(50_000);
});

it("tells of health checks, those in trouble first, with their last results", async () => {
  const taskmon = sceneTaskmon();
  let fails = false;
  taskmon.health.register("calm", () => undefined, { intervalMs: 3_600_000 });
  taskmon.health.register(
    "db",
    () => (fails ? { status: "fail", message: "no route" } : undefined),
    { intervalMs: 3_600_000, groups: ["readiness"] },
  );
  const url = await servedPage(taskmon);
  for (const isFailure of [false, true, true]) {
    fails = isFailure;
    await taskmon.health.run("db");
  }
  await taskmon.health.run("calm");
  const { items, groups, total } = await json(`${url}api/v1/health`);
  expect(total).toBe(2);
  expect(items[0]).toMatchObject({
    name: "db",
    state: "fail",
    why: "no route",
    groups: ["readiness"],
    consecutiveFailures: 2,
  });
  expect(items[0].results).toMatch(/pff$/);
  expect(groups).toContainEqual(expect.objectContaining({ group: "readiness", status: "fail" }));
  expect(await json(`${url}api/v1/health/db`)).toMatchObject({ name: "db" });
  const { items: events } = await json(`${url}api/v1/events`);
  expect(events[0]).toMatchObject({ part: "health", severity: "info" });
  expect(events).toContainEqual(
    expect.objectContaining({ text: "db went from pass to fail: no route", severity: "error" }),
  );
});

it("finds metrics by name, help and service, and shows quantiles and buckets of one", async () => {
  const taskmon = sceneTaskmon();
  const orders = taskmon.metrics.counter(
    defineCounter({
      service: "shop",
      name: "shop.orders",
      help: "Orders taken.",
      labels: ["kind"],
    }),
  );
  const waits = taskmon.metrics.histogram(
    defineHistogram({
      service: "shop",
      name: "shop.wait",
      help: "How long.",
      unit: "s",
      buckets: [1, 2, 5],
    }),
  );
  for (let at = 0; at < 60; at++) orders.add(at + 1, { kind: `k${at}` });
  for (const wait of [0.5, 1.5, 1.6, 4]) waits.record(wait);
  const url = await servedPage(taskmon);
  const found = await json(`${url}api/v1/metrics?q=orders%20TAKEN`);
  expect(found).toMatchObject({ total: 1, page: 1, pages: 1 });
  expect(found.items[0]).toMatchObject({
    name: "shop.orders",
    kind: "counter",
    help: "Orders taken.",
    labels: ["kind"],
    seriesTotal: 60,
  });
  expect(found.items[0].series).toHaveLength(3);
  const second = await json(`${url}api/v1/metrics/shop.orders?series=2`);
  expect([second.page, second.pages, second.series.length]).toEqual([2, 2, 10]);
  const wait = await json(`${url}api/v1/metrics/shop.wait`);
  expect(wait.series[0].reading).toMatchObject({ count: 4, max: 4 });
  expect(wait.series[0].buckets.map(({ count }: { count: number }) => count)).toEqual([1, 2, 1]);
  const labels = encodeURIComponent(JSON.stringify({ kind: "k7" }));
  expect(await json(`${url}api/v1/metrics/shop.orders/series?labels=${labels}`)).toMatchObject({
    reading: { type: "number", value: 8 },
  });
  expect((await json(`${url}api/v1/metrics?service=nobody`)).total).toBe(0);
});

it("answers what is not there, and what is not allowed, as a problem", async () => {
  const url = await servedPage(sceneTaskmon());
  const cases = [
    ["GET", "nothing", 404],
    ["GET", "health/nobody", 404],
    ["GET", "metrics/nothing", 404],
    ["GET", "health/%E0%A4%A", 404],
    ["POST", "overview", 405],
    ["GET", "kill", 405],
    ["DELETE", "settings", 405],
    ["GET", "stacks", 401],
  ] as const;
  for (const [method, path, status] of cases) {
    const response = await fetch(`${url}api/v1/${path}`, { method });
    expect([method, path, response.status]).toEqual([method, path, status]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ type: "about:blank", status });
  }
});

it("gives stacks and a report to operators, without environment and command line", async () => {
  const url = await servedPage(sceneTaskmon());
  const headers = { authorization: `Bearer ${TOKENS.operator}` };
  const stacks = await (await fetch(`${url}api/v1/stacks`, { headers })).text();
  expect(stacks).toContain("main thread");
  const report = await json(`${url}api/v1/report`, headers);
  expect(report).toHaveProperty("javascriptStack");
  expect(Object.keys(report)).not.toContain("environmentVariables");
  expect(report.header).not.toHaveProperty("commandLine");
});

it("answers what an app's reference does without an app, and with one", async () => {
  const url = await servedPage(sceneTaskmon());
  const alone = await json(`${url}api/v1/app`);
  expect(alone).not.toHaveProperty("app");
  expect(alone.runtime.memory.rss).toBeGreaterThan(0);
});

it("shows nothing to those without a token where nobody may read", async () => {
  const url = await servedPage(sceneTaskmon(), { anyone: "nobody" });
  for (const path of ["", "updates", "api/v1", "api/v1/overview", "api/v1/nothing"]) {
    const response = await fetch(url + path);
    expect([path, response.status]).toEqual([path, path === "api/v1/nothing" ? 404 : 401]);
  }
  const browser = await fetch(url, { headers: { accept: "text/html" } });
  expect(browser.headers.get("www-authenticate")).toMatch(/^Basic/);
  const basic = Buffer.from(`anyone:${TOKENS.operator}`).toString("base64");
  expect((await fetch(url, { headers: { authorization: `Basic ${basic}` } })).status).toBe(200);
  expect((await fetch(url, { headers: { authorization: "Bearer wrong token 0000" } })).status).toBe(
    401,
  );
});

it.each([
  [{ path: "admin" }, "admin.path"],
  [{ path: "/a b/" }, "admin.path"],
  [{ anyone: "admin" }, "admin.anyone"],
  [{ tokens: [{ token: "short", role: "admin" }] }, "admin.tokens[0].token"],
  [{ tokens: [{ token: "long-enough-for-one" }] }, "admin.tokens[0].role"],
  [{ certificates: [{ san: "ops", role: "admin" }] }, "admin.certificates[0].san"],
  [{ kill: 1 }, "admin.kill"],
  [{ nothing: 1 }, "admin.nothing"],
])("refuses the options %j at construction, and shows no token", (options, option) => {
  const taskmon = sceneTaskmon();
  const make = (): unknown => adminHandler(taskmon, options as never);
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(expect.objectContaining({ option }));
  expect(make).not.toThrow(/short/);
});

it("acts for nobody without a token", async () => {
  const url = await servedPage(sceneTaskmon());
  const response = await act(`${url}api/v1/kill`, "POST", {}, { authorization: "" });
  expect(response.status).toBe(401);
});
