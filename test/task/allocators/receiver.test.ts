import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { expect, it, vi } from "vitest";
import type { TaskNumAllocator } from "../../../src/task/allocator.ts";
import { etcdAllocator } from "../../../src/task/allocators/etcd.ts";
import { postgresAllocator } from "../../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../../src/task/allocators/redis.ts";
import { leasePolicy } from "../../../src/task/policy.ts";
import { Task } from "../../../src/task/task.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { startEtcd } from "../../setup/etcd.ts";
import { openPool, startPostgres } from "../../setup/postgres.ts";
import { command, startRedis } from "../../setup/redis.ts";
import type { Server } from "../../setup/servers.ts";
import { startTcpProxy } from "../../setup/tcp-proxy.ts";
import { TARGET } from "./beats.ts";

interface Store {
  readonly server: Server;
  /** An allocator that reaches the store at this port. */
  open(port: number): Promise<TaskNumAllocator>;
  /** Empties it. */
  forget(): Promise<unknown>;
}

/** Cleans up after the test; each of those that run at once has its own. */
type OnFinished = (act: () => unknown) => unknown;

const stores: Record<string, (onFinished: OnFinished) => Promise<Store>> = {
  async Redis(onFinished) {
    const server = await startRedis();
    const open = async (port: number): Promise<TaskNumAllocator> => {
      const url = `redis://127.0.0.1:${port}`;
      const client = createClient({ url, socket: { reconnectStrategy: 100 } });
      await client.on("error", () => undefined).connect();
      onFinished(() => client.destroy());
      return redisAllocator({ client });
    };
    return { server, open, forget: () => command(server.port, "FLUSHALL") };
  },
  async ioredis(onFinished) {
    const server = await startRedis();
    const open = async (port: number): Promise<TaskNumAllocator> => {
      const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 100 });
      client.on("error", () => undefined);
      onFinished(() => client.disconnect());
      return redisAllocator({ client });
    };
    return { server, open, forget: () => command(server.port, "FLUSHALL") };
  },
  async PostgreSQL(onFinished) {
    const server = await startPostgres();
    const admin = openPool({ connectionString: server.url, max: 1 });
    onFinished(() => admin.end());
    const open = async (port: number): Promise<TaskNumAllocator> => {
      const pool = openPool({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
      onFinished(() => pool.end());
      return postgresAllocator({ pool });
    };
    return { server, open, forget: () => admin.query("DROP SCHEMA taskmon CASCADE") };
  },
  async etcd() {
    const server = await startEtcd();
    const open = async (port: number): Promise<TaskNumAllocator> =>
      etcdAllocator({ endpoint: `http://127.0.0.1:${port}` });
    const range = { key: "AA==", range_end: "AA==" };
    const init = { method: "POST", body: JSON.stringify(range) };
    const forget = (): Promise<unknown> => fetch(`${server.url}/v3/kv/deleterange`, init);
    return { server, open, forget };
  },
};

const EXPORT_MS = 100;
const policy = leasePolicy({
  // A machine with other work answers within that.
  leaseMs: 4_500,
  heartbeatMs: 900,
  requestTimeoutMs: 750,
  exportTimeoutMs: EXPORT_MS,
});

/** What a receiver sees: who exported under which number and epoch, in the order of arrival. */
interface Export {
  readonly task: string;
  readonly num: number;
  readonly epoch: number;
}

it.concurrent.for(Object.keys(stores))(
  "lets a receiver see no number under an older epoch after a newer one, whatever happens to %s",
  { timeout: 240_000 },
  async (name, { onTestFinished }) => {
    const store = await stores[name]!((act) => onTestFinished(async () => void (await act())));
    const [left, right] = [
      await startTcpProxy(store.server.port),
      await startTcpProxy(store.server.port),
    ];
    const clock = systemClock();
    const tasks: Task[] = [];
    const received: Export[] = [];
    const start = async (count: number, port: number): Promise<void> => {
      const allocator = await store.open(port);
      for (let index = 0; index < count; index++) {
        const instanceId = `task-${tasks.length}`;
        const task = new Task({ allocator, target: TARGET, instanceId, policy, clock });
        task.start();
        tasks.push(task);
      }
    };
    // An export begins while it surely ends in time, and arrives after up to half of that time; each
    // task has one under way.
    const underWay = new Set<Task>();
    const exporting = setInterval(() => {
      for (const task of tasks) {
        const { number: num, epoch, instanceId } = task;
        if (num === undefined || epoch === undefined || !task.isSure(EXPORT_MS)) continue;
        if (underWay.has(task)) continue;
        underWay.add(task);
        const arrive = (): void => {
          received.push({ task: instanceId, num, epoch });
          underWay.delete(task);
        };
        setTimeout(arrive, Math.random() * (EXPORT_MS / 2));
      }
    }, 10);
    const numbers = (): (number | undefined)[] => tasks.map((task) => task.number);
    const allHold = (): Promise<void> =>
      vi.waitFor(
        () => {
          expect(numbers()).not.toContain(undefined);
          expect(new Set(numbers()).size).toBe(tasks.length);
        },
        { timeout: 90_000, interval: 50 },
      );

    try {
      await start(4, left.port);
      await start(4, right.port);
      await allHold();
      expect(new Set(numbers())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));

      // Answers come too late for a while, requests do not.
      left.delayMs = 1_200;
      await sleep(2_400);
      left.delayMs = 0;
      await allHold();

      // One half is cut off for longer than its hold. Who comes while it still exports gets other
      // numbers, who comes later gets its.
      const cutOff = numbers().slice(0, 4);
      left.cut();
      await sleep(300);
      await start(2, right.port);
      await sleep(policy.holdMs + 1_800);
      expect(numbers().slice(0, 4)).toEqual(Array(4).fill(undefined));
      for (const num of numbers().slice(8)) expect(cutOff).not.toContain(num);
      await start(2, right.port);
      await vi.waitFor(() => expect(numbers().slice(10)).not.toContain(undefined), 90_000);
      expect(cutOff).toEqual(expect.arrayContaining(numbers().slice(10)));
      left.heal();
      await allHold();

      // The server stands still, for less than a lease.
      process.kill(store.server.pid, "SIGSTOP");
      await sleep(2_100);
      process.kill(store.server.pid, "SIGCONT");
      await allHold();

      await store.forget();
      await sleep(1_200);
      await allHold();
    } finally {
      clearInterval(exporting);
      process.kill(store.server.pid, "SIGCONT");
    }

    await sleep(EXPORT_MS);
    const latest = new Map<number, Export>();
    for (const sent of received) {
      const before = latest.get(sent.num);
      expect(sent.epoch, JSON.stringify({ before, sent })).toBeGreaterThanOrEqual(
        before?.epoch ?? 0,
      );
      if (sent.epoch === before?.epoch) expect(sent.task).toBe(before.task);
      latest.set(sent.num, sent);
    }
    expect(received.length).toBeGreaterThan(500);
    // Numbers stay dense: no more than there were tasks, and those that nobody could reclaim.
    expect(Math.max(...latest.keys())).toBeLessThan(16);
    await Promise.all(tasks.map((task) => task.release()));
    await Promise.all([left.stop(), right.stop()]);
    await store.server.stop();
  },
);
