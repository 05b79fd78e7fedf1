import { describe, expect, it } from "vitest";
import { createMonitoredService } from "../../src/monitor/index.ts";
import { Flaky, staged } from "./harness.ts";

const DOWN = new Error("it is down");

describe("a monitored service", () => {
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

  it("sees a real service come and go", async () => {
    await using server = await new Flaky().up();
    const service = createMonitoredService({
      name: "real",
      url: `http://127.0.0.1:${server.port}`,
      floorMs: 0,
    });

    expect(await service.status()).toBe(true);
    await server.down();
    expect(await service.status()).toBe(true);
    expect(await service.reprobe()).toBe(false);
    expect(await service.status()).toBe(false);
    await server.up();
    expect(await service.status()).toBe(true);
  });

  it("lets a request wait until it is up", async () => {
    const { clock, service, answer } = staged();
    answer(DOWN);

    const waited = service.waitUntilUp({ waitMs: 10_000 });
    await clock.advance(1_000);
    answer("up");
    await clock.advance(250);

    expect(await waited).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
