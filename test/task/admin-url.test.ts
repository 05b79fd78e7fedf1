import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { InvalidOptionError } from "../../src/index.ts";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { etcdAllocator } from "../../src/task/allocators/etcd.ts";
import { Pool } from "pg";
import { createClient } from "redis";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { sqliteAllocator } from "../../src/task/allocators/sqlite.ts";
import { createTask } from "../../src/task/create-task.ts";
import type { Task } from "../../src/task/task.ts";
import { startEtcd } from "../setup/etcd.ts";
import { startPostgres } from "../setup/postgres.ts";
import { startRedis } from "../setup/redis.ts";
import { closing, temporaryFile } from "./allocators/sqlite/harness.ts";

const PAGE = "https://shop-1.example:9090/admin/";

const STORES: readonly (readonly [string, () => Promise<TaskNumAllocator>])[] = [
  ["memory", async () => memoryAllocator()],
  ["SQLite", async () => closing(sqliteAllocator({ file: temporaryFile() }))],
  [
    "etcd",
    async () => {
      const server = await startEtcd();
      onTestFinished(() => server.stop());
      return etcdAllocator({ endpoint: server.url, prefix: `/${randomUUID()}` });
    },
  ],
  [
    "Redis",
    async () => {
      const server = await startRedis();
      onTestFinished(() => server.stop());
      const client = await createClient({ url: server.url }).connect();
      onTestFinished(() => client.destroy());
      return redisAllocator({ client });
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const server = await startPostgres();
      onTestFinished(() => server.stop());
      const pool = new Pool({ connectionString: server.url });
      // A connection that ends may still hear that its server stops.
      pool.on("connect", (client) => client.on("error", () => undefined));
      onTestFinished(() => pool.end());
      return postgresAllocator({ pool });
    },
  ],
];

function taskOf(allocator: TaskNumAllocator): Task {
  const task = createTask({ target: { serviceName: "shop", hostName: "host-a" }, allocator });
  onTestFinished(() => task.release());
  return task;
}

/** What the list of the first says: the pages, in the order of the numbers. */
async function pagesSeenBy(task: Task): Promise<(string | undefined)[]> {
  const listed = await task.peers({ signal: AbortSignal.timeout(10_000) });
  return listed!.toSorted((a, b) => a.num - b.num).map(({ adminUrl }) => adminUrl);
}

describe.each(STORES)("with the %s allocator", (_name, create) => {
  it("lists where each task has its page, until that is taken back or another has the number", async () => {
    const allocator = await create();
    const [first, second, third] = [taskOf(allocator), taskOf(allocator), taskOf(allocator)];
    first.start();
    await first.settled();
    second.announcePage(PAGE);
    second.start();
    await second.settled();
    expect(await pagesSeenBy(first)).toEqual([undefined, PAGE]);

    const takeBack = first.announcePage("http://10.0.0.7:9090");
    await expect
      .poll(() => pagesSeenBy(second), { timeout: 10_000 })
      .toEqual(["http://10.0.0.7:9090/", PAGE]);
    takeBack();
    await expect.poll(() => pagesSeenBy(second), { timeout: 10_000 }).toEqual([undefined, PAGE]);

    await second.release();
    expect(await pagesSeenBy(first)).toEqual([undefined, undefined]);
    third.start();
    await third.settled();
    expect(new Set(await pagesSeenBy(first))).toEqual(new Set([undefined]));
  });
});

it.each([
  "javascript:alert(1)",
  "ftp://files.example/",
  "http://user:secret@shop.example/",
  `http://shop.example/${"x".repeat(1_000)}`,
  "/admin/",
  "",
])("refuses the page %j", (url) => {
  const announce = (): unknown => taskOf(memoryAllocator()).announcePage(url);
  expect(announce).toThrow(InvalidOptionError);
  expect(announce).not.toThrow("secret");
});
