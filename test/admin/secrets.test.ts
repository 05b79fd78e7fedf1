import { expect, it, onTestFinished } from "vitest";
import { defineGauge } from "../../src/metrics/index.ts";
import { RESOURCES } from "../../src/admin/api.ts";
import { createRedactor } from "../../src/admin/redact.ts";
import { act, sceneTaskmon, servedPage, TOKENS } from "./scene.ts";

const SECRET = "hunter2-Sw0rdfish";

it("shows no secret in any answer, wherever it was planted", async () => {
  process.env["PLANTED_API_KEY"] = `${SECRET}-env`;
  onTestFinished(() => void delete process.env["PLANTED_API_KEY"]);
  const taskmon = sceneTaskmon({
    settings: {
      source: {
        name: `https://ops:${SECRET}@settings.example/app`,
        load: async () => {
          throw new Error(`401 with Authorization: Bearer ${SECRET}`);
        },
      },
    },
  });
  taskmon.health.register(
    "db",
    () => {
      throw new Error(`connect postgres://app:${SECRET}@db.internal:5432/app failed`);
    },
    { intervalMs: 3_600_000 },
  );
  taskmon.health.register(
    "vendor",
    () => ({
      status: "warn",
      message: `the key ${process.env["PLANTED_API_KEY"]} is about to end`,
    }),
    { intervalMs: 3_600_000 },
  );
  const gauge = taskmon.metrics.gauge(
    defineGauge({
      service: "shop",
      name: "shop.queue",
      help: `password=${SECRET}`,
      labels: ["url"],
    }),
  );
  gauge.set(1, { url: `amqps://guest:${SECRET}@queue.internal` });
  taskmon.probes.add({
    name: "api",
    targets: [{ name: `https://probe:${SECRET}@api.internal/`, host: "127.0.0.1" }],
    probe: {
      type: "test",
      run: async () => ({ success: false, error: new Error(`token: ${SECRET}`) }),
    },
    intervalMs: 3_600_000,
  });
  taskmon.monitors.add("wiki", { url: `http://user:${SECRET}@127.0.0.1:1/` });
  const url = await servedPage(taskmon);
  await taskmon.health.run("db");
  await taskmon.health.run("vendor");
  await taskmon.probes.run("api");
  await taskmon.monitors.status("wiki").catch(() => undefined);
  await taskmon.settings.refresh();
  const headers = { authorization: `Bearer ${TOKENS.admin}` };
  await act(`${url}api/v1/kill`, "POST", { why: `x`.repeat(2_000) + SECRET }, headers);
  await act(
    `${url}api/v1/health/db/pause`,
    "POST",
    { why: `see https://me:${SECRET}@wiki/` },
    headers,
  );

  const plain = RESOURCES.map(({ path }) => path).filter((path) => !path.includes(":"));
  const paths = [
    ...["", "?metric=shop.queue", "updates", "?q=shop", "page.js", "plot.js", "page.css"],
    ...plain.map((path) => `api/v1/${path}`),
    ...["api/v1/health/db", "api/v1/metrics/shop.queue", "api/v1/nothing", "api/v1/health/db/run"],
  ];
  for (const path of paths) {
    const text = await (await fetch(url + path, { headers })).text();
    expect([path, text.includes(SECRET)]).toEqual([path, false]);
    for (const token of Object.values(TOKENS)) expect(text).not.toContain(token);
  }
  // What stands around the secrets is still there.
  const health = await (await fetch(`${url}api/v1/health`)).text();
  expect(health).toContain("db.internal:5432");
});

it.each([
  ["postgres://app:p/w@x@db:5432/a", "postgres://[hidden]@db:5432/a"],
  ["see https://token@host/x", "see https://[hidden]@host/x"],
  ["GET /a?api_key=abc&b=1", "GET /a?api_key=[hidden]&b=1"],
  ['{"password": "a b"}', '{"password": [hidden]}'],
  ["client_secret='x y' failed", "client_secret=[hidden] failed"],
  ["Bearer abcdefgh1234", "Bearer [hidden]"],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc", "[hidden]"],
  ["eyJhbGciOiJI.eyJzdWIi.sig", "[hidden]"],
])("hides what looks like a secret in %j", (text, shown) => {
  expect(createRedactor([]).text(text)).toBe(shown);
});

it.each(["http://host:8080/a@b", "mail me@example.com", "3 tokens left", "a password was refused"])(
  "leaves %j as it is",
  (text) => {
    const { text: redact } = createRedactor([]);
    expect(redact(text)).toBe(text.includes(":8080") ? "http://[hidden]@b" : text);
  },
);

it("hides the caller's own secrets too, and values of secret names in data", () => {
  const { json } = createRedactor(["known-secret"], (text) => text.replaceAll("Ünique", "…"));
  expect(json({ a: "known-secret Ünique", apiToken: "x", id: 255n })).toBe(
    '{"a":"[hidden] …","apiToken":"[hidden]","id":"0xff"}',
  );
});
