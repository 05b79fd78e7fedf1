import { describe, expect, it } from "vitest";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import {
  createMonitor,
  DuplicateServiceRegistrationError,
  Monitor,
  MonitorProbeError,
  UnknownServiceError,
} from "../../src/monitor/index.ts";
import { Flaky } from "./harness.ts";

// The reference's tests, by their names there.

const exact = { graceMs: 0, floorMs: 0 };

describe("a monitor, as pullcord's", () => {
  it("says that a service is up (MinMonitorUpService)", async () => {
    await using server = await new Flaky().up();
    const monitor = createMonitor();
    monitor.add("test", { url: `http://127.0.0.1:${server.port}`, ...exact });
    expect(await monitor.status("test")).toBe(true);
  });

  it("says that a service is down (MinMonitorDownService)", async () => {
    const server = await new Flaky().up();
    await server.down();
    const monitor = createMonitor();
    monitor.add("test", { url: `http://127.0.0.1:${server.port}`, ...exact });
    expect(await monitor.status("test")).toBe(false);
  });

  it("gives an error for a service that cannot be (MinMonitorInvalidService)", async () => {
    const monitor = createMonitor();
    // Refused by the system itself: no name server is asked.
    monitor.add("test", { url: `http://${"x".repeat(64)}.invalid:80`, ...exact });
    await expect(monitor.status("test")).rejects.toThrow(MonitorProbeError);
    expect(() => monitor.add("bad", { url: "http://256.256.256.256.256:80" })).toThrow("a URL");
  });

  it("probes anew an up service (MinMonitorUpReprobe)", async () => {
    await using server = await new Flaky().up();
    const monitor = createMonitor();
    monitor.add("test", { url: `http://127.0.0.1:${server.port}`, ...exact });
    expect(await monitor.reprobe("test")).toBe(true);
  });

  it("probes anew a down service (MinMonitorDownReprobe)", async () => {
    const server = await new Flaky().up();
    await server.down();
    const monitor = createMonitor();
    monitor.add("test", { url: `http://127.0.0.1:${server.port}`, ...exact });
    expect(await monitor.reprobe("test")).toBe(false);
  });

  it("lets someone say that it is up, for a grace (MinMonitorSetStatusUp)", async () => {
    const server = await new Flaky().up();
    await server.down();
    const monitor = createMonitor();
    const url = `http://127.0.0.1:${server.port}`;
    monitor.add("test", { url, ...exact });
    expect(await monitor.status("test")).toBe(false);
    monitor.setUp("test");
    expect(await monitor.status("test")).toBe(false);
    monitor.add("graceful", { url, graceMs: 60_000 });
    monitor.setUp("graceful");
    expect(await monitor.status("graceful")).toBe(true);
  });

  it("knows no service that was not added (MinMonitorNonExistant…)", async () => {
    const monitor = createMonitor();
    await expect(monitor.status("test")).rejects.toThrow(UnknownServiceError);
    await expect(monitor.reprobe("test")).rejects.toThrow(UnknownServiceError);
    expect(() => monitor.setUp("test")).toThrow(
      expect.objectContaining({
        name: "UnknownServiceError",
        code: "ERR_TASKMON_UNKNOWN_SERVICE",
        message: "The monitor has no service test",
      }),
    );
    expect(() => monitor.get("test")).toThrow(UnknownServiceError);
  });

  it("keeps the first of two services of one name (MinMonitorAddExistant)", () => {
    const monitor = createMonitor();
    const first = monitor.add("test", { url: "http://a" });
    expect(() => monitor.add("test", { url: "http://b" })).toThrow(
      expect.objectContaining({
        name: "DuplicateServiceRegistrationError",
        code: "ERR_TASKMON_DUPLICATE_SERVICE_REGISTRATION",
      }),
    );
    expect(() => monitor.add("test", { url: "http://b" })).toThrow(
      DuplicateServiceRegistrationError,
    );
    expect(monitor.get("test")).toBe(first);
  });

  it("may be made by its class alone, as the reference's zero value", () => {
    expect(new Monitor().names()).toEqual([]);
  });
});

describe("a monitor", () => {
  it("adds, names, shows and removes", async () => {
    using monitor = createMonitor();
    const seen: string[] = [];
    const end = monitor.on("state", ({ service, to }) => seen.push(`${service} ${to}`));
    monitor.add("wiki", { url: "http://wiki", probe: () => {} });
    monitor.add("mail", { url: "http://mail", probe: () => Promise.reject(new Error("no")) });
    expect(monitor.names()).toEqual(["wiki", "mail"]);
    await Promise.all([monitor.status("wiki"), monitor.status("mail")]);
    expect(monitor.views().map(({ name, state }) => [name, state])).toEqual([
      ...[
        ["wiki", "up"],
        ["mail", "down"],
      ],
    ]);
    expect(seen.toSorted()).toEqual(["mail down", "wiki up"]);
    end();
    const mail = monitor.get("mail");
    expect(monitor.remove("mail")).toBe(true);
    expect(monitor.remove("mail")).toBe(false);
    expect(monitor.names()).toEqual(["wiki"]);
    await expect(mail.status()).rejects.toThrow(UnknownServiceError);
    monitor.add("mail", { url: "http://mail", probe: () => {} });
    expect(await monitor.status("mail")).toBe(true);
  });

  it("leaves nothing of a service whose options are wrong", () => {
    const monitor = createMonitor();
    expect(() => monitor.add("wiki", { url: "wiki" })).toThrow(
      "Option monitors.wiki.url must be a URL",
    );
    expect(monitor.names()).toEqual([]);
  });
});

it("is a part of a Taskmon object, and ends with it", async () => {
  const taskmon = createTaskmon({
    target: { serviceName: "monitors" },
    allocator: memoryAllocator(),
  });
  taskmon.monitors.add("wiki", { url: "http://wiki", probe: () => {} });
  expect(await taskmon.monitors.status("wiki")).toBe(true);
  expect(taskmon.status()["monitors"]).toMatchObject([{ name: "wiki", state: "up" }]);
  expect(taskmon.metrics).toBe(taskmon.monitors.registry);
  await taskmon.shutdown();
  expect(taskmon.monitors.names()).toEqual([]);
});
