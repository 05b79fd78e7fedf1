import { expect, it } from "vitest";
import type { EventRecord } from "../../src/shared/events.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { act, numbered, sceneTaskmon, servedPage, TOKENS } from "./scene.ts";

const ADMIN = { authorization: `Bearer ${TOKENS.admin}` };

/** A sink that keeps what it is given. */
function sink(): { readonly emit: (record: EventRecord) => void; readonly records: EventRecord[] } {
  const records: EventRecord[] = [];
  return { records, emit: (record) => void records.push(record) };
}

it("runs, pauses and resumes a check, with one audit event each", async () => {
  const taskmon = sceneTaskmon();
  let runs = 0;
  taskmon.health.register("a/b c", () => void runs++, {
    intervalMs: 3_600_000,
    initialDelayMs: 3_600_000,
  });
  const events = sink();
  const url = await servedPage(taskmon, { events });
  const path = `${url}api/v1/health/${encodeURIComponent("a/b c")}`;
  expect(await (await act(`${path}/run`, "POST")).json()).toMatchObject({ state: "pass" });
  expect(await (await act(`${path}/pause`, "POST")).json()).toEqual({ state: "paused" });
  expect((await act(`${path}/run`, "POST")).status).toBe(409);
  expect(await (await act(`${path}/resume`, "POST")).json()).toEqual({ state: "pass" });
  expect(runs).toBe(1);
  expect(events.records.map(({ body }) => body)).toEqual([
    "olga asked to run health check a/b c: done",
    "olga asked to pause health check a/b c: done",
    expect.stringMatching(/^olga asked to run health check a\/b c: refused \(/),
    "olga asked to resume health check a/b c: done",
  ]);
  expect(events.records[0]).toMatchObject({
    eventName: "taskmon.admin.action",
    attributes: {
      "taskmon.admin.actor": "olga",
      "taskmon.admin.role": "operator",
      "taskmon.admin.outcome": "done",
      "taskmon.admin.subject": "a/b c",
    },
  });
});

it("runs, pauses and resumes a probe", async () => {
  const taskmon = sceneTaskmon();
  taskmon.probes.add({
    name: "api",
    targets: [{ name: "one", host: "127.0.0.1" }],
    probe: { type: "test", run: async () => ({ success: true }) },
    intervalMs: 3_600_000,
  });
  const url = await servedPage(taskmon);
  const ran = await act(`${url}api/v1/probes/api/run`, "POST");
  expect(await ran.json()).toEqual({ items: [{ target: "one", state: "pass" }] });
  await act(`${url}api/v1/probes/api/pause`, "POST");
  expect(taskmon.probes.results("api")[0]?.state).toBe("paused");
  await act(`${url}api/v1/probes/api/resume`, "POST");
  expect(taskmon.probes.results("api")[0]?.state).toBe("pass");
  expect((await act(`${url}api/v1/probes/none/run`, "POST")).status).toBe(404);
});

it("changes a setting for who has read it, with who and why", async () => {
  const taskmon = sceneTaskmon();
  const url = await servedPage(taskmon);
  const path = `${url}api/v1/settings`;
  const body = { values: { flushIntervalMs: 30_000 }, why: "too many exports" };
  expect((await act(path, "PATCH", body)).status).toBe(428);
  const etag = (await fetch(path)).headers.get("etag")!;
  const match = { "if-match": etag };
  expect((await act(path, "PATCH", { values: {} }, match)).status).toBe(422);
  expect(
    (await act(path, "PATCH", { values: { flushIntervalMs: 1 }, why: "x" }, match)).status,
  ).toBe(422);
  expect((await act(path, "PATCH", body, match)).status).toBe(200);
  expect(taskmon.settings.current.flushIntervalMs).toBe(30_000);
  expect((await act(path, "PATCH", body, match)).status).toBe(412);
  const { changes } = (await (await fetch(path)).json()) as { changes: unknown[] };
  expect(changes).toEqual([
    {
      name: "flushIntervalMs",
      from: "60000",
      to: "30000",
      who: "olga",
      why: "too many exports",
      atMs: expect.any(Number),
    },
  ]);
});

it("sets the log level", async () => {
  const taskmon = sceneTaskmon();
  const url = await servedPage(taskmon);
  expect(await (await act(`${url}api/v1/log-level`, "PUT", { level: "warn" })).json()).toEqual({
    level: "warn",
  });
  expect(taskmon.settings.current.logLevel).toBe("warn");
  expect((await act(`${url}api/v1/log-level`, "PUT", { level: "loud" })).status).toBe(422);
  await act(`${url}api/v1/log-level`, "PUT", { level: "all" });
});

it("releases the number, and kills, for an admin who says why", async () => {
  const taskmon = sceneTaskmon({ allocator: memoryAllocator() });
  await numbered(taskmon);
  const killed = Promise.withResolvers<string>();
  const url = await servedPage(taskmon, { kill: killed.resolve });
  const release = `${url}api/v1/task/release`;
  expect((await act(release, "POST", { why: "move it" })).status).toBe(403);
  expect((await act(release, "POST", {}, ADMIN)).status).toBe(422);
  expect(await (await act(release, "POST", { why: "move it" }, ADMIN)).json()).toEqual({
    state: "released",
  });
  expect(taskmon.task.number).toBeUndefined();
  expect((await act(`${url}api/v1/kill`, "POST", { why: "it hangs" }, ADMIN)).status).toBe(200);
  expect(await killed.promise).toBe("it hangs");
});

it.each([
  ["another site", { "sec-fetch-site": "cross-site" }, 403],
  ["a sibling's site", { "sec-fetch-site": "same-site" }, 403],
  ["another origin", { origin: "https://evil.example" }, 403],
  ["no origin at all", { origin: "null" }, 403],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
  ["a form that says text", { "content-type": "text/plain" }, 415],
  ["an unknown token", { authorization: "Bearer none-of-the-tokens" }, 401],
])("refuses what comes from %s, and audits that", async (_, headers, status) => {
  const taskmon = sceneTaskmon();
  taskmon.health.register("db", () => undefined, { intervalMs: 3_600_000 });
  const events = sink();
  const url = await servedPage(taskmon, { events });
  const response = await act(`${url}api/v1/health/db/pause`, "POST", {}, headers);
  expect(response.status).toBe(status);
  expect(taskmon.health.paused()).toEqual([]);
  expect(events.records).toHaveLength(1);
  expect(events.records[0]?.attributes["taskmon.admin.outcome"]).toBe("refused");
});

it("takes what comes from the page itself", async () => {
  const taskmon = sceneTaskmon();
  taskmon.health.register("db", () => undefined, { intervalMs: 3_600_000 });
  const url = await servedPage(taskmon);
  const headers = { "sec-fetch-site": "same-origin", origin: new URL(url).origin };
  expect((await act(`${url}api/v1/health/db/pause`, "POST", {}, headers)).status).toBe(200);
});

it.each([
  ["no JSON", "{", 400],
  ["no object", "[]", 400],
  ["too long", JSON.stringify({ why: "x".repeat(20_000) }), 413],
  ["a reason of two lines", JSON.stringify({ why: "a\nb" }), 422],
])("refuses a body that is %s", async (_, body, status) => {
  const url = await servedPage(sceneTaskmon());
  const response = await fetch(`${url}api/v1/kill`, {
    method: "POST",
    headers: { "content-type": "application/json", ...ADMIN },
    body,
  });
  expect(response.status).toBe(status);
});
