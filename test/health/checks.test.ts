import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { expect, it, onTestFinished } from "vitest";
import type { CheckAnswer } from "../../src/check/result.ts";
import {
  diskCheck,
  dnsCheck,
  eventLoopCheck,
  exportsCheck,
  Health,
  type HealthCheckFunction,
  heapCheck,
  httpCheck,
  leaseCheck,
  postgresCheck,
  redisCheck,
  tcpCheck,
} from "../../src/health/index.ts";
import { startRedis } from "../setup/redis.ts";
import { freePort } from "../setup/servers.ts";

/** What a check answers, as its status and why. */
async function ask(
  check: HealthCheckFunction,
  signal: AbortSignal = AbortSignal.timeout(5_000),
): Promise<string> {
  try {
    const answer: CheckAnswer | void = await check({ signal });
    return answer === undefined ? "pass" : [answer.status, answer.message].join(" ").trim();
  } catch (error) {
    return `fail ${(error as { code?: string }).code ?? (error as Error).message}`;
  }
}

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("knows an event loop that is late", async () => {
  const check = eventLoopCheck({ warnDelayMs: 100, maxDelayMs: 400, warnUtilization: 1 });
  expect(check.scope).toBe("process");
  expect(await ask(check)).toBe("pass");
  // The monitor takes its first sample as its reference.
  await sleep(50);
  block(700);
  await sleep(50);
  expect(await ask(check)).toMatch(/^fail delay \d+ ms/);
  await sleep(50);
  const busy = eventLoopCheck({ warnUtilization: 0.5, maxDelayMs: 60_000, warnDelayMs: 60_000 });
  expect(await ask(busy)).toBe("pass");
  block(300);
  expect(await ask(busy)).toMatch(/^warn .* busy$/);
});

it("knows how full the heap is", async () => {
  expect(await ask(heapCheck())).toMatch(/^pass [\d.]+ % of the heap's limit is used/);
  expect(await ask(heapCheck({ warnRatio: 0 }))).toMatch(/^warn/);
  expect(await ask(heapCheck({ maxRatio: 0 }))).toMatch(/^fail/);
});

it("knows how full a file system is", async () => {
  const path = tmpdir();
  expect(await ask(diskCheck({ path, warnFreeRatio: 0, minFreeRatio: 0 }))).toMatch(/^pass/);
  expect(await ask(diskCheck({ path, warnFreeRatio: 1, minFreeRatio: 0 }))).toMatch(/^warn/);
  expect(await ask(diskCheck({ path, minFreeRatio: 1 }))).toMatch(/^fail/);
  expect(await ask(diskCheck({ path: "/no/such/folder" }))).toBe("fail ENOENT");
  // A file system of the kernel has no size, and is not full.
  expect(await ask(diskCheck({ path: "/proc" }))).toMatch(/^pass/);
});

/** A DNS server that has one A record, for `here.test`, and never answers for `silent.test`. */
async function nameServer(): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    if (query.includes("silent")) return;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const found = query.includes("here");
    const header = Buffer.from([
      query[0]!,
      query[1]!,
      0x81,
      found ? 0x80 : 0x83,
      0,
      1,
      0,
      found ? 1 : 0,
      0,
      0,
      0,
      0,
    ]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([header, question, ...(found ? [record] : [])]), from.port);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

it("knows whether a name resolves, and stops asking when it is called off", async () => {
  const servers = [await nameServer()];
  expect(await ask(dnsCheck({ name: "here.test", servers }))).toBe("pass");
  expect(await ask(dnsCheck({ name: "gone.test", servers }))).toBe("fail ENOTFOUND");
  const startedAt = performance.now();
  const silent = dnsCheck({ name: "silent.test", servers });
  expect(await ask(silent, AbortSignal.timeout(100))).toBe("fail ECANCELLED");
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

it("knows whether something accepts connections", async () => {
  // Without a listener for errors: a reset would be one.
  let accepted = 0;
  const server = createTcpServer((socket) => {
    accepted++;
    socket.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const check = tcpCheck({ host: "127.0.0.1", port });
  expect(await ask(check)).toBe("pass");
  await expect.poll(() => accepted).toBe(1);
  server.close();
  await once(server, "close");
  expect(await ask(check)).toBe("fail ECONNREFUSED");
  // An address that is kept for documentation; nothing is there.
  expect(await ask(tcpCheck({ host: "192.0.2.1", port: 9 }), AbortSignal.timeout(50))).toMatch(
    /^fail/,
  );
});

it("knows whether a GET is answered as expected", async () => {
  let connections = 0;
  const server = createHttpServer((request, response) => {
    if (request.url === "/hang") return;
    const status = Number(request.url!.slice(1, 4));
    response.writeHead(status, status === 302 ? { location: "/200" } : {});
    response.end(`the body ${String(request.headers["x-token"])}`);
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await ask(httpCheck({ url: `${url}/200` }))).toBe("pass");
  expect(await ask(httpCheck({ url: `${url}/302` }))).toMatch(/^fail .* answered 302/);
  expect(await ask(httpCheck({ url: `${url}/500` }))).toMatch(/^fail .* answered 500/);
  expect(await ask(httpCheck({ url: `${url}/500`, expectedStatus: [500] }))).toBe("pass");
  expect(await ask(httpCheck({ url: `${url}/200`, bodyIncludes: "body" }))).toBe("pass");
  expect(await ask(httpCheck({ url: `${url}/200`, bodyIncludes: "other" }))).toMatch(/^fail/);
  const request = { headers: { "x-token": "t-1" } };
  expect(await ask(httpCheck({ url: `${url}/200`, bodyIncludes: "t-1", request }))).toBe("pass");
  expect(connections).toBe(7);
  expect(await ask(httpCheck({ url: `${url}/hang` }), AbortSignal.timeout(50))).toMatch(/^fail/);
  expect(await ask(httpCheck({ url: `http://127.0.0.1:${await freePort()}` }))).toBe(
    "fail ECONNREFUSED",
  );
  expect(() => httpCheck({ url: "ftp://x" })).toThrow("url");
  await sleep(20);
});

it("sees Redis stopped, slowed and back, through the redis and the ioredis client", async () => {
  const server = await startRedis();
  const client = createClient({ url: server.url });
  client.on("error", () => undefined);
  await client.connect();
  const io = new Redis(server.url, { maxRetriesPerRequest: null });
  io.on("error", () => undefined);
  onTestFinished(() => {
    client.destroy();
    io.disconnect();
  });
  const health = new Health({ concurrency: 2 });
  onTestFinished(() => health.shutdown());
  const fast = { jitter: 0, intervalMs: 50, timeoutMs: 200 };
  health.register("redis", redisCheck(client), fast);
  health.register("ioredis", redisCheck(io), fast);
  const both = async (state: string): Promise<void> => {
    await expect
      .poll(() => health.results().map((result) => result.state), { timeout: 10_000 })
      .toEqual([state, state]);
  };
  await both("pass");

  process.kill(server.pid, "SIGSTOP");
  await both("fail");
  expect(health.result("redis").error).toMatchObject({ code: "ERR_TASKMON_HEALTH_CHECK_TIMEOUT" });
  await expect.poll(() => health.result("redis").consecutiveFailures).toBeGreaterThan(3);
  process.kill(server.pid, "SIGCONT");
  await both("pass");

  await server.stop();
  await both("fail");
}, 60_000);

it("gives a database one query at a time, also while it does not answer", async () => {
  let queries = 0;
  let answer = (): void => {};
  const check = postgresCheck({
    query: (sql) => {
      expect(sql).toBe("SELECT 1");
      queries++;
      return new Promise<void>((resolve) => (answer = resolve));
    },
  });
  for (let run = 0; run < 3; run++)
    expect(await ask(check, AbortSignal.timeout(10))).toMatch(/^fail/);
  expect(queries).toBe(1);
  answer();
  await sleep(0);
  const next = ask(check);
  answer();
  expect(await next).toBe("pass");
  expect(queries).toBe(2);
});

it("knows whether the process holds its task number, and for how long yet", async () => {
  const lease = { state: "held" as "held" | "expired", remainingMs: 30_000 };
  expect(await ask(leaseCheck(lease))).toBe("pass");
  lease.remainingMs = 5_000;
  expect(await ask(leaseCheck(lease))).toBe("warn the lease ends in 5000 ms");
  lease.state = "expired";
  expect(await ask(leaseCheck(lease))).toBe("warn no task number: expired");
  expect(await ask(leaseCheck(lease, { unnumbered: "fail" }))).toBe("fail no task number: expired");
});

it("knows whether every reader exported of late", async () => {
  const readers = [
    { name: "otlp", lastSuccessAgeMs: 1_000 as number | undefined },
    { name: "prometheus", lastSuccessAgeMs: 2_000 },
  ];
  const check = exportsCheck(() => readers, { maxAgeMs: 1_500 });
  expect(await ask(check)).toBe("warn no recent export: prometheus");
  expect(await ask(exportsCheck(() => readers))).toBe("pass");
  readers[0]!.lastSuccessAgeMs = undefined;
  expect(await ask(exportsCheck(() => readers))).toBe("warn no recent export: otlp");
});
