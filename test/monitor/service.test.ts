import dns from "node:dns";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  createMonitoredService,
  MonitorProbeError,
  UnknownServiceError,
} from "../../src/monitor/index.ts";
import { functionProbe, httpProbe, ProbeError, tcpProbe } from "../../src/probe/index.ts";
import { manualClock } from "../../src/testing/index.ts";
import { Flaky, staged } from "./harness.ts";

const DOWN = new Error("it is down");

type Done = (error: null, addresses: readonly { address: string; family: number }[]) => void;

describe("what is known", () => {
  it("answers up from what is known to the last millisecond of the grace, and then probes", async () => {
    const { clock, service, probes } = staged({ graceMs: 1_000 });

    expect(await service.status()).toBe(true);
    await clock.advance(1_000);
    expect(service.peek()).toBe(true);
    expect(await service.status()).toBe(true);
    expect(probes()).toBe(1);
    await clock.advance(1);
    expect(service.peek()).toBeUndefined();
    expect(await service.status()).toBe(true);
    expect(probes()).toBe(2);
  });

  it("answers down within the floor, and never as up", async () => {
    const { clock, service, probes, answer } = staged({ floorMs: 250 });
    answer(DOWN);

    expect(await service.status()).toBe(false);
    await clock.advance(249);
    expect(service.peek()).toBe(false);
    expect(await service.status()).toBe(false);
    expect(probes()).toBe(1);
    await clock.advance(1);
    expect(service.peek()).toBeUndefined();
    answer("up");
    expect(await service.status()).toBe(true);
  });

  it("remembers no down at all with a floor of 0, as the reference does", async () => {
    const { service, probes, answer } = staged({ floorMs: 0 });
    answer(DOWN);
    expect([await service.status(), await service.status()]).toEqual([false, false]);
    expect(service.peek()).toBeUndefined();
    expect(probes()).toBe(2);
  });

  it("probes each time with a grace of 0", async () => {
    const { service, probes } = staged({ graceMs: 0 });
    expect([await service.status(), await service.status()]).toEqual([true, true]);
    expect(probes()).toBe(2);
  });

  it("takes what is said for a probe, until the next", async () => {
    const { service, probes, answer } = staged();
    answer(DOWN);
    service.setUp();
    expect(await service.status()).toBe(true);
    expect(probes()).toBe(0);
    expect(await service.reprobe()).toBe(false);
    expect(await service.status()).toBe(false);
  });

  it("knows no more from what was said than a probe would, with a grace of 0", async () => {
    const { service, answer } = staged({ graceMs: 0 });
    answer(DOWN);
    service.setUp();
    expect(await service.status()).toBe(false);
  });
});

describe("probes", () => {
  it("begin with the first question, or now where they are asked to", async () => {
    const [lazy, now] = [staged(), staged({ first: "now" })];
    await now.clock.advance(0);
    expect([lazy.probes(), now.probes()]).toEqual([0, 1]);
    expect(now.service.peek()).toBe(true);
  });

  it("that ask about their own service end by their time limit", async () => {
    const clock = manualClock();
    let begun = 0;
    const service = createMonitoredService({
      ...{ name: "self", url: "http://self", clock, timeoutMs: 1_000 },
      probe: async () => {
        begun++;
        await service.status();
      },
    });
    const asked = service.status();
    await clock.advance(1_000);
    expect([await asked, begun]).toEqual([false, 1]);
  });

  it("are shared by all who ask at one time", async () => {
    const { service, probes } = staged();
    const all = await Promise.all(Array.from({ length: 100 }, () => service.status()));
    expect(all.every(Boolean)).toBe(true);
    expect(probes()).toBe(1);
  });

  it("are not shared with one who asks for a new one, but by all of these", async () => {
    const { service, probes } = staged();
    await Promise.all([service.status(), service.reprobe(), service.reprobe(), service.status()]);
    expect(probes()).toBe(2);
  });

  it("that began before someone said that it is up do not speak against that", async () => {
    const clock = manualClock();
    const service = createMonitoredService({
      ...{ name: "slow", url: "http://slow", clock },
      probe: async () => {
        await new Promise<void>((resolve) => void clock.after(1_000, resolve));
        throw DOWN;
      },
    });
    const asked = service.status();
    await clock.advance(500);
    service.setUp();
    await clock.advance(500);
    expect(await asked).toBe(true);
    expect(service.peek()).toBe(true);
    expect(service.view().lastProbe?.outcome).toBe("down");
  });

  it("go on for the others when one gives up", async () => {
    const clock = manualClock();
    const service = createMonitoredService({
      ...{ name: "slow", url: "http://slow", clock },
      probe: () => new Promise<void>((resolve) => void clock.after(1_000, resolve)),
    });
    const controller = new AbortController();
    const given = service.status({ signal: controller.signal });
    const other = service.status();
    controller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await clock.advance(1_000);
    expect(await other).toBe(true);
    await expect(service.status({ signal: controller.signal })).rejects.toThrow("enough");
  });

  it("have a time limit: a service that does not answer is down", async () => {
    const clock = manualClock();
    const probe = functionProbe(() => new Promise<void>(() => {}));
    const service = createMonitoredService({
      ...{ name: "mute", url: "http://mute", clock, probe, timeoutMs: 2_000 },
    });
    const asked = service.status();
    await clock.advance(2_000);
    expect(await asked).toBe(false);
    expect(service.view().lastProbe?.error).toContain("2000 ms");
  });

  it("that never return are at most three, and then an error", async () => {
    const clock = manualClock();
    let begun = 0;
    const service = createMonitoredService({
      ...{ name: "deaf", url: "http://deaf", clock, timeoutMs: 100, floorMs: 0 },
      probe: () => {
        begun++;
        return new Promise<void>(() => {});
      },
    });
    for (let time = 0; time < 3; time++) {
      const asked = service.status();
      await clock.advance(100);
      expect(await asked).toBe(false);
    }
    await expect(service.status()).rejects.toThrow("3 probes have not returned");
    expect(begun).toBe(3);
  });

  it.each(["dns_not_found", "dns_failure", "dns_timeout", "unavailable"])(
    "that cannot be made, for %s, are an error, also within the floor",
    async (type) => {
      const { clock, service, probes, answer } = staged({ floorMs: 250 });
      answer(new ProbeError(type, "no way"));
      for (let time = 0; time < 3; time++) {
        await expect(service.status()).rejects.toThrow(MonitorProbeError);
      }
      await expect(service.status()).rejects.toThrow("Service wiki cannot be probed: no way");
      expect(probes()).toBe(1);
      expect(service.peek()).toBeUndefined();
      expect(service.view()).toMatchObject({ state: "down", lastProbe: { outcome: "error" } });
      await clock.advance(250);
      answer("up");
      expect(await service.status()).toBe(true);
    },
  );

  it("may be a health check, whose warning is an up", async () => {
    const check = (status: "warn" | "fail") =>
      createMonitoredService({ name: "x", url: "http://x", probe: () => ({ status }) });
    expect(await check("warn").status()).toBe(true);
    expect(await check("fail").status()).toBe(false);
  });
});

describe("passive evidence", () => {
  it("lets an up lapse, but not within the floor after its probe", async () => {
    const { clock, service, probes } = staged({ graceMs: 10_000, floorMs: 250 });
    await service.status();
    service.observe("failed");
    expect(service.peek()).toBe(true);
    await clock.advance(251);
    expect(service.peek()).toBeUndefined();
    await service.status();
    await clock.advance(1_000);
    expect(service.peek()).toBe(true);
    service.observe("failed");
    expect(service.peek()).toBeUndefined();
    expect(await service.status()).toBe(true);
    expect(probes()).toBe(3);
  });

  it("needs as many failures in a row as it is told to", async () => {
    const { clock, service } = staged({ passiveFall: 2, graceMs: 10_000 });
    await service.status();
    await clock.advance(1_000);
    service.observe("failed");
    service.observe("answered");
    service.observe("failed");
    expect(service.peek()).toBe(true);
    service.observe("failed");
    expect(service.peek()).toBeUndefined();
  });

  it("makes nothing up or down by itself", () => {
    const { service } = staged();
    service.observe("answered");
    service.observe("failed");
    expect(service.view().state).toBe("unknown");
  });
});

describe("rise and fall", () => {
  it("need as many probes in a row as they are told to", async () => {
    const { service, answer } = staged({ rise: 2, fall: 3, floorMs: 0 });
    expect(await service.status()).toBe(true);
    answer(DOWN);
    const falls = [await service.reprobe(), await service.status(), await service.status()];
    expect(falls).toEqual([true, true, false]);
    answer("up");
    expect([await service.status(), await service.status()]).toEqual([false, true]);
  });

  it("may be a window, and a time", async () => {
    const windowed = staged({ window: { failures: 2, size: 3 }, floorMs: 0 });
    await windowed.service.reprobe();
    const found = [];
    for (const next of [DOWN, "up", DOWN] as const) {
      windowed.answer(next);
      found.push(await windowed.service.reprobe());
    }
    expect(found).toEqual([true, true, false]);

    const timed = staged({ maxErrorMs: 1_000 });
    await timed.service.reprobe();
    timed.answer(DOWN);
    expect(await timed.service.reprobe()).toBe(true);
    await timed.clock.advance(1_000);
    expect(await timed.service.reprobe()).toBe(false);
  });
});

describe("waiting", () => {
  it("ends when it is up, with one probe at a time for all who wait", async () => {
    const { clock, service, probes, answer } = staged({ floorMs: 250 });
    answer(DOWN);
    const waited = Array.from({ length: 50 }, () => service.waitUntilUp({ waitMs: 10_000 }));
    await clock.advance(999);
    expect(probes()).toBe(4);
    answer("up");
    await clock.advance(1);
    expect(await Promise.all(waited)).toEqual(Array(50).fill(true));
    expect(probes()).toBe(5);
    expect(clock.pending).toBe(0);
  });

  it("ends when someone says that it is up", async () => {
    const { clock, service, answer } = staged();
    answer(DOWN);
    const waited = service.waitUntilUp({ waitMs: 10_000 });
    await clock.advance(10);
    service.setUp();
    expect(await waited).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("ends with false when the time is over, the signal aborts, or the service is removed", async () => {
    const { clock, service, answer } = staged({ floorMs: 0 });
    answer(DOWN);
    const controller = new AbortController();
    const late = service.waitUntilUp({ waitMs: 1_000 });
    const aborted = service.waitUntilUp({ waitMs: 10_000, signal: controller.signal });
    const removed = service.waitUntilUp({ waitMs: 10_000 });
    await clock.advance(1_000);
    controller.abort();
    expect([await late, await aborted]).toEqual([false, false]);
    service.close();
    expect(await removed).toBe(false);
    expect(await service.waitUntilUp({ waitMs: 10_000 })).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it("goes on while probes cannot be made", async () => {
    const { clock, service, answer } = staged();
    answer(new ProbeError("dns_failure", "no name server"));
    const waited = service.waitUntilUp({ waitMs: 10_000 });
    await clock.advance(500);
    answer("up");
    await clock.advance(250);
    expect(await waited).toBe(true);
  });

  it("asks nobody where it is known to be up", async () => {
    const { service, probes } = staged();
    service.setUp();
    expect(await service.waitUntilUp({ waitMs: 0 })).toBe(true);
    expect(probes()).toBe(0);
  });
});

describe("another try", () => {
  it("makes sense at once while it is up, and after the floor while nothing is known", async () => {
    const { clock, service, answer } = staged({ floorMs: 250 });
    answer(DOWN);
    await service.status();
    await clock.advance(50);
    expect(service.retryAfterMs()).toBe(200);
    service.setUp();
    expect(service.retryAfterMs()).toBe(0);
  });

  it("makes sense when it is usually up, from the first trigger on", async () => {
    const { clock, service, answer } = staged({ onDown: () => {} });
    const wake = async (tookMs: number): Promise<void> => {
      answer(DOWN);
      await service.reprobe();
      service.wake({ decision: "unavailable" });
      await clock.advance(tookMs);
      answer("up");
      await service.reprobe();
    };
    await wake(20_000);
    await wake(90_000);
    await wake(30_000);
    answer(DOWN);
    await service.reprobe();
    await clock.advance(5_000);
    service.wake({ decision: "unavailable" });
    expect(service.retryAfterMs()).toBe(30_000);
    expect(service.view()).toMatchObject({ usualWakeMs: 30_000, expectedUpMs: 30_000 });
    await clock.advance(20_000);
    expect(service.retryAfterMs()).toBe(10_000);
    // Later than usual: a quarter of what was waited for, and no more than a minute.
    await clock.advance(30_000);
    expect(service.retryAfterMs()).toBe(12_500);
    await clock.advance(1_000_000);
    expect(service.retryAfterMs()).toBe(60_000);
  });

  it("makes sense after a time that is known beforehand", async () => {
    const { service, answer } = staged({ usualWakeMs: 45_000 });
    answer(DOWN);
    await service.status();
    expect(service.retryAfterMs()).toBe(45_000);
  });
});

describe("a removed service", () => {
  it("answers nobody, also those who wait for its probe", async () => {
    const clock = manualClock();
    let aborted = false;
    const service = createMonitoredService({
      ...{ name: "wiki", url: "http://wiki", clock },
      probe: ({ signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve();
          });
        }),
    });
    const asked = service.status();
    const anew = service.reprobe();
    await clock.advance(0);
    service.close();
    service.close();
    await expect(asked).rejects.toThrow(UnknownServiceError);
    await expect(anew).rejects.toThrow(UnknownServiceError);
    await expect(service.status()).rejects.toThrow(UnknownServiceError);
    expect(aborted).toBe(true);
    service.setUp();
    expect(service.peek()).toBeUndefined();
    await clock.advance(20_000);
    expect(clock.pending).toBe(0);
  });
});

describe("a real service", () => {
  it.each(["127.0.0.1", "::1"])("is seen to come and go at %s", async (host) => {
    await using server = await new Flaky(host).up();
    const at = host.includes(":") ? `[${host}]` : host;
    const service = createMonitoredService({
      ...{ name: "real", url: `http://${at}:${server.port}`, floorMs: 0 },
    });

    expect(await service.status()).toBe(true);
    await server.down();
    expect(await service.status()).toBe(true);
    expect(await service.reprobe()).toBe(false);
    expect(await service.status()).toBe(false);
    await server.up();
    expect(await service.status()).toBe(true);
    expect(server.accepted).toBe(2);
  });

  it.each(["127.0.0.1", "::1"])(
    "is up where one address of its name answers: %s of localhost",
    async (host) => {
      // Node.js asks this for the addresses of a name, as it does for requests.
      vi.spyOn(dns, "lookup").mockImplementation(((_: string, __: object, done: Done) =>
        done(null, [
          { address: "127.0.0.1", family: 4 },
          { address: "::1", family: 6 },
        ])) as never);
      onTestFinished(() => void vi.restoreAllMocks());
      await using server = await new Flaky(host).up();
      const url = `http://localhost:${server.port}`;
      const service = createMonitoredService({ name: "both", url, floorMs: 0 });
      expect(await service.status()).toBe(true);
      await server.down();
      expect(await service.reprobe()).toBe(false);
      expect(service.view().lastProbe?.error).toContain("connect ECONNREFUSED");
    },
  );

  it("may be asked more than whether it accepts connections", async () => {
    await using server = await new Flaky().up();
    const url = `http://127.0.0.1:${server.port}`;
    const options = { name: "x", url, timeoutMs: 500 };
    const plain = createMonitoredService({ ...options, probe: tcpProbe() });
    const http = createMonitoredService({ ...options, probe: httpProbe() });
    expect([await plain.status(), await http.status()]).toEqual([true, false]);
  });

  it("is dialled once per floor at most by 2,000 questions a second while it is down", async () => {
    const clock = manualClock();
    let dials = 0;
    const tcp = tcpProbe();
    await using server = await new Flaky().up();
    const url = `tcp://127.0.0.1:${server.port}`;
    await server.down();
    const service = createMonitoredService({
      ...{ name: "dead", url, clock, floorMs: 250 },
      probe: {
        type: "tcp",
        run(target, context) {
          dials++;
          return tcp.run(target, context);
        },
      },
    });
    for (let ms = 0; ms < 1_000; ms += 10) {
      const asked = Array.from({ length: 20 }, () => service.status());
      expect(new Set(await Promise.all(asked))).toEqual(new Set([false]));
      await clock.advance(10);
    }
    expect(dials).toBe(4);
  });
});

describe("options", () => {
  it.each([
    ["http://wiki", 80],
    ["https://wiki", 443],
    ["ssh://wiki", 22],
    ["redis://wiki", 6_379],
    ["tcp://wiki:4444", 4_444],
  ])("give %s the port %d", async (url, port) => {
    let asked: number | undefined;
    const probe = functionProbe((target) => void (asked = target.port));
    await createMonitoredService({ name: "x", url, probe }).status();
    expect(asked).toBe(port);
  });

  it.each<[object, string]>([
    [{ url: "wiki" }, "monitors.x.url"],
    [{ url: "tcp://wiki" }, "monitors.x.url"],
    [{ url: "http://wiki", graceMs: -1 }, "monitors.x.graceMs"],
    [{ url: "http://wiki", floorMs: "250" }, "monitors.x.floorMs"],
    [{ url: "http://wiki", first: "soon" }, "monitors.x.first"],
    [{ url: "http://wiki", onDown: "wake" }, "monitors.x.onDown"],
    [{ url: "http://wiki", probe: {} }, "monitors.x.probe"],
    [{ url: "http://wiki", rise: 0 }, "monitors.x.rise"],
    [{ url: "http://wiki", grace: 1 }, "monitors.x.grace"],
    [{ url: "http://wiki", name: "" }, "monitors.name"],
    [{ url: "http://wiki", events: {} }, "monitor.events"],
  ])("refuse %j", (options, option) => {
    expect(() => createMonitoredService({ name: "x", url: "", ...options })).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });

  it("show neither user nor password", () => {
    const url = "http://root:hunter2@wiki:8080/a?b";
    const service = createMonitoredService({ name: "x", url });
    expect(service.view().url).toBe("http://wiki:8080/a?b");
    expect(service.url.href).toBe(url);
  });
});
