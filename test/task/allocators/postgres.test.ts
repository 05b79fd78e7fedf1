import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { postgresAllocator } from "../../../src/task/allocators/postgres.ts";
import { allocatorLaws } from "../../../src/testing/index.ts";
import {
  openPool,
  type PostgresServer,
  startPgBouncer,
  startPostgres,
} from "../../setup/postgres.ts";

let server: PostgresServer;
let bouncer: PostgresServer;
const pools = new Map<string, Pool>();

beforeAll(async () => {
  server = await startPostgres();
  bouncer = await startPgBouncer(server);
  for (const [name, { url }] of [
    ["the server", server],
    ["a transaction pooler", bouncer],
  ] as const) {
    pools.set(name, openPool({ connectionString: url, max: 10 }));
  }
});

afterAll(async () => {
  for (const pool of pools.values()) await pool.end();
  await bouncer.stop();
  await server.stop();
});

describe.each([["the server"], ["a transaction pooler"]])(
  "the laws of allocators, for PostgreSQL through %s",
  (through) => {
    allocatorLaws(test.concurrent, {
      create() {
        const pool = pools.get(through)!;
        const schema = `Bob's "tasks" ${randomUUID()}`;
        const quoted = `"${schema.replaceAll('"', '""')}"`;
        return {
          allocator: postgresAllocator({ pool, schema }),
          another: () => postgresAllocator({ pool, schema }),
          forget: async () => void (await pool.query(`TRUNCATE ${quoted}.task, ${quoted}.target`)),
          dispose: async () => void (await pool.query(`DROP SCHEMA IF EXISTS ${quoted} CASCADE`)),
        };
      },
      leaseGranularityMs: 250,
    });
  },
);

describe("postgresAllocator", () => {
  it.each([
    [{ pool: undefined }, "postgresAllocator.pool"],
    [{ pool: {} }, "postgresAllocator.pool"],
    [{ schema: "" }, "postgresAllocator.schema"],
    [{ schema: "a\0b" }, "postgresAllocator.schema"],
    [{ schema: "x".repeat(64) }, "postgresAllocator.schema"],
    [{ assign: "later" }, "postgresAllocator.assign"],
    [{ url: "postgres://x" }, "postgresAllocator.url"],
  ])("refuses the options %j", (options, option) => {
    const pool = pools.get("the server")!;
    expect(() => postgresAllocator({ pool, ...options } as never)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });
});
