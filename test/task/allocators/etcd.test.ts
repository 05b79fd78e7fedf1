import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { etcdAllocator } from "../../../src/task/allocators/etcd.ts";
import { allocatorLaws } from "../../../src/testing/index.ts";
import { type EtcdServer, startEtcd } from "../../setup/etcd.ts";

let server: EtcdServer;

beforeAll(async () => {
  server = await startEtcd();
});

afterAll(() => server.stop());

describe("the laws of allocators, for etcd", () => {
  allocatorLaws(test.concurrent, {
    create() {
      const options = { endpoint: server.url, prefix: `/${randomUUID()}` };
      return {
        allocator: etcdAllocator(options),
        another: () => etcdAllocator(options),
        forget: () => forget(options.prefix),
      };
    },
    // Leases are counted in seconds.
    leaseGranularityMs: 1_000,
  });
});

describe("etcdAllocator", () => {
  it.each([
    [{}, "etcdAllocator.endpoint"],
    [{ endpoint: "http://x", endpoints: ["http://y"] }, "etcdAllocator.endpoint"],
    [{ endpoint: "x" }, "etcdAllocator.endpoint"],
    [{ endpoint: "ftp://x" }, "etcdAllocator.endpoint"],
    [{ endpoints: [] }, "etcdAllocator.endpoints"],
    [{ endpoints: ["http://x", 7] }, "etcdAllocator.endpoints"],
    [{ endpoint: "http://x", prefix: "/tasks/" }, "etcdAllocator.prefix"],
    [{ endpoint: "http://x", auth: { name: "root" } }, "etcdAllocator.auth.password"],
    [{ endpoint: "http://x", fetch: "node-fetch" }, "etcdAllocator.fetch"],
    [{ endpoint: "http://x", client: {} }, "etcdAllocator.client"],
  ])("refuses the options %j", (options, option) => {
    expect(() => etcdAllocator(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });
});

async function forget(prefix: string): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const range = { key: base64(`${prefix}/`), range_end: base64(`${prefix}0`) };
  const init = { method: "POST", body: JSON.stringify(range) };
  await (await fetch(`${server.url}/v3/kv/deleterange`, init)).text();
}
