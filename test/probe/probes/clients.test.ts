import { Redis } from "ioredis";
import { createClient } from "redis";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { functionProbe } from "../../../src/probe/probes/function.ts";
import { postgresProbe } from "../../../src/probe/probes/postgres.ts";
import { redisProbe } from "../../../src/probe/probes/redis.ts";
import { latencyValidator } from "../../../src/probe/validators/latency.ts";
import { startPostgres } from "../../setup/postgres.ts";
import { startRedis } from "../../setup/redis.ts";
import { ask, verdict } from "./harness.ts";

it("asks Redis through redis and ioredis, and hears that it is gone", async () => {
  await using server = await startRedis();
  const io = new Redis(server.url, { retryStrategy: () => null }).on("error", () => undefined);
  const node = createClient({ url: server.url, socket: { reconnectStrategy: false } });
  await node.on("error", () => undefined).connect();
  onTestFinished(() => {
    io.disconnect();
    node.destroy();
  });
  const validators = [latencyValidator({ maxMs: 60_000 })];
  const probes = [redisProbe(io, { validators }), redisProbe(node)];
  for (const probe of probes) expect(verdict(await ask(probe, { name: "cache" }))).toBe("pass");
  await server.stop();
  for (const probe of probes)
    expect(verdict(await ask(probe, { name: "cache" }, 2_000))).not.toBe("pass");
});

it("asks PostgreSQL through pg, and hears that it is gone", async () => {
  await using server = await startPostgres();
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on("error", () => undefined);
  onTestFinished(() => pool.end());
  const probe = postgresProbe(pool);
  expect(verdict(await ask(probe, { name: "db" }))).toBe("pass");
  expect(verdict(await ask(postgresProbe(pool, { query: "SELECT nope" }), { name: "db" }))).toBe(
    "42703",
  );
  await server.stop();
  expect(verdict(await ask(probe, { name: "db" }, 5_000))).not.toBe("pass");
});

it("gives a client that does not answer no second command", async () => {
  let asked = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const probe = redisProbe({
    ping: () => {
      asked++;
      return promise;
    },
  });
  expect(verdict(await ask(probe, { name: "cache" }, 20))).toBe("timeout");
  expect(verdict(await ask(probe, { name: "cache" }, 20))).toBe("timeout");
  expect(asked).toBe(1);
  resolve("PONG");
  expect(verdict(await ask(probe, { name: "cache" }))).toBe("pass");
});

it("asks a function, with the target and a signal, and takes its measurements", async () => {
  const metrics = [{ name: "depth", kind: "gauge" as const }];
  const probe = functionProbe(
    ({ name }, { signal }) => {
      signal.throwIfAborted();
      if (name === "bad") throw new TypeError("no depth");
      return { metrics: [{ name: "depth", value: name.length }] };
    },
    { type: "queue", metrics },
  );
  expect(probe.type).toBe("queue");
  expect((await ask(probe, { name: "mail" })).metrics).toEqual([{ name: "depth", value: 4 }]);
  expect((await ask(probe, { name: "bad" })).error?.message).toBe("no depth");
  expect(() => functionProbe(() => undefined, { type: "A b" })).toThrow(/type/);
  expect(() => functionProbe(5 as never)).toThrow(/ask/);
});
