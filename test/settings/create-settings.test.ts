import { expect, it } from "vitest";
import { MetricRegistry } from "taskmon/metrics";
import { createSettings } from "taskmon/settings";
import { manualClock } from "taskmon/testing";

it("keeps settings for a program without a Taskmon object", async () => {
  const clock = manualClock();
  let enabled = true;
  const settings = createSettings({
    values: { flushIntervalMs: 5_000 },
    source: { name: "the test", load: async () => ({ enabled }) },
    cacheMs: 1_000,
    metrics: new MetricRegistry(),
    clock,
  });
  const changes: string[] = [];
  settings.on("change", ({ name, to, who }) => changes.push(`${name} ${String(to)} ${who}`));
  expect(await settings.start()).toMatchObject({ enabled: true, flushIntervalMs: 5_000 });
  enabled = false;
  await clock.advance(1_000);
  await expect.poll(() => settings.current.enabled).toBe(false);
  expect(changes).toEqual(["enabled false the test"]);
  settings.stop();
});

it("names the option that is wrong", () => {
  expect(() => createSettings({ cacheMs: 1 })).toThrow(/Option settings\.cacheMs must be/);
  expect(() => createSettings({ cache: 1 } as never)).toThrow(/Option settings\.cache must be/);
});
