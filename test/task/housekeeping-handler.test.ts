import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { staticAllocator } from "../../src/task/allocators/static.ts";
import {
  housekeepingHandler,
  type HousekeepingCheck,
} from "../../src/task/housekeeping-handler.ts";
import { beat, granted, TARGET } from "./allocators/beats.ts";

const PATH = "/internal/cron/ts_mon/housekeeping";
const TOKEN = "a secret of the cron";

afterEach(() => diag.disable());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function broken(failure: () => Promise<never>): TaskNumAllocator {
  return { ...memoryAllocator(), housekeep: failure };
}

it("assigns numbers for a cron that may call, and says what it did", async () => {
  const allocator = memoryAllocator({ assign: "housekeeping" });
  await beat(allocator, "a");
  const url = await serve(housekeepingHandler({ allocator, authorize: { token: TOKEN } }));
  const response = await fetch(`${url}${PATH}?at=now`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual({ freed: 0, assigned: 1, waiting: 0 });
  expect((await granted(allocator, "a")).num).toBe(0);
});

describe("refuses, and does nothing,", () => {
  const cases: [string, HousekeepingCheck | undefined, Record<string, string>][] = [
    ["everybody where no check is given", undefined, { "x-appengine-cron": "true" }],
    ["a caller without the token", { token: TOKEN }, {}],
    ["a caller with another token", { token: TOKEN }, { authorization: `Bearer ${TOKEN}!` }],
    ["a token without its scheme", { token: TOKEN }, { authorization: TOKEN }],
    ["a caller without the header", { header: "X-Appengine-Cron" }, {}],
    ["a header with another value", { header: "X-Appengine-Cron" }, { "x-appengine-cron": "no" }],
    ["whom a function refuses", async () => false, {}],
    ["everybody where the function answers no boolean", () => "yes" as never, {}],
    ["everybody where the function throws", () => Promise.reject(new Error("no database")), {}],
  ];
  it.each(cases)("%s", async (_, authorize, headers) => {
    const allocator = memoryAllocator({ assign: "housekeeping" });
    await beat(allocator, "a");
    const handler = housekeepingHandler({ allocator, ...(authorize && { authorize }) });
    const url = await serve(handler);
    for (const response of [
      await fetch(`${url}${PATH}`, { headers }),
      await handler.fetch(new Request(`http://host${PATH}`, { headers })),
    ]) {
      expect(response.status).toBe(403);
      expect(await response.text()).toBe("not allowed\n");
    }
    expect(await beat(allocator, "a")).toEqual({ kind: "no_number" });
  });
});

it.each<[string, HousekeepingCheck, Record<string, string>]>([
  [
    "the header of App Engine's cron",
    { header: "X-Appengine-Cron" },
    { "x-appengine-cron": "true" },
  ],
  ["a header with its value", { header: "X-Cron", value: "7" }, { "x-cron": "7" }],
  ["what a function allows", ({ header, path }) => header("X-From") === path, { "x-from": PATH }],
])("lets in %s, by node:http and by fetch", async (_, authorize, headers) => {
  const handler = housekeepingHandler({ allocator: memoryAllocator(), authorize });
  const url = await serve(handler);
  const init = { method: "POST", headers };
  expect((await fetch(`${url}${PATH}`, init)).status).toBe(200);
  expect((await handler.fetch(new Request(`http://host${PATH}`, init))).status).toBe(200);
});

it("answers 500 without details, says them to the diag logger once, and when it is over", async () => {
  const lines: string[] = [];
  const line = (message: string, ...more: unknown[]): void =>
    void lines.push(message, ...more.map(String));
  const logger = { error: line, warn: line, info: line, debug: line, verbose: line };
  diag.setLogger(logger, DiagLogLevel.ALL);
  lines.length = 0;
  let isBroken = true;
  const memory = memoryAllocator();
  const allocator: TaskNumAllocator = {
    ...memory,
    housekeep: (...call) =>
      isBroken
        ? Promise.reject(new Error("password of db-7 is wrong"))
        : memory.housekeep!(...call),
  };
  const handler = housekeepingHandler({ allocator, authorize: () => true });
  const ask = () => handler.fetch(new Request(`http://host${PATH}`));
  for (let call = 0; call < 2; call++) {
    const response = await ask();
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("housekeeping failed\n");
  }
  expect(
    lines.filter((text) => text.includes("failed: password of db-7 is wrong (docs/")),
  ).toHaveLength(1);
  isBroken = false;
  expect((await ask()).status).toBe(200);
  expect(lines.join("\n")).toContain("Housekeeping works again");
});

it("answers 500 when the work takes longer than it may, and ends it", async () => {
  let signal: AbortSignal | undefined;
  const allocator: TaskNumAllocator = {
    ...memoryAllocator(),
    housekeep: (_, options) => ((signal = options.signal), new Promise(() => {})),
  };
  const handler = housekeepingHandler({ allocator, authorize: () => true, timeoutMs: 30 });
  expect((await handler.fetch(new Request(`http://host${PATH}`))).status).toBe(500);
  expect(signal?.aborted).toBe(true);
});

it("answers its own path only, to GET and POST", async () => {
  const handler = housekeepingHandler({
    allocator: broken(() => Promise.reject(new Error("must not be called"))),
    authorize: () => true,
    path: "/cron",
  });
  const url = await serve((request, response) =>
    request.url === "/other"
      ? handler(request, response, () => response.end("next"))
      : handler(request, response),
  );
  expect(await (await fetch(`${url}/other`)).text()).toBe("next");
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  expect((await handler.fetch(new Request(`http://host${PATH}`))).status).toBe(404);
  const response = await fetch(`${url}/cron`, { method: "DELETE" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
});

it("assigns the numbers of one target, where it is given one", async () => {
  const allocator = memoryAllocator({ assign: "housekeeping" });
  await beat(allocator, "a");
  const target = { ...TARGET, jobName: "other" };
  const handler = housekeepingHandler({ allocator, target, authorize: () => true });
  const response = await handler.fetch(new Request(`http://host${PATH}`));
  expect(await response.json()).toMatchObject({ assigned: 0 });
});

it.each([
  [{ allocator: undefined }, "allocator"],
  [{ allocator: staticAllocator({ number: 0 }) }, "allocator"],
  [{ authorize: { token: "short" } }, "authorize.token"],
  [{ authorize: { header: "" } }, "authorize.header"],
  [{ authorize: {} }, "authorize.header"],
  [{ authorize: { password: "x" } }, "authorize.password"],
  [{ authorize: true }, "authorize"],
  [{ path: "" }, "path"],
  [{ batchSize: 0 }, "batchSize"],
  [{ timeoutMs: 0 }, "timeoutMs"],
  [{ secret: "x" }, "secret"],
])("refuses the options %j", (options, option) => {
  expect(() => housekeepingHandler({ allocator: memoryAllocator(), ...options } as never)).toThrow(
    expect.objectContaining({
      code: "ERR_TASKMON_INVALID_OPTION",
      option: `housekeepingHandler.${option}`,
    }),
  );
});
