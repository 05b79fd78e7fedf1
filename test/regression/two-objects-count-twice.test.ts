import { diag, DiagLogLevel } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { MetricRegistry } from "../../src/metrics/index.ts";
import { HttpMetricsInstrumentation } from "../../src/http/index.ts";
import { afterTest, hello, provide, request, requests, subscribed } from "../http/harness.ts";

it("counts each request once, however many Taskmon objects are on one provider, and says so once", async () => {
  const said: string[] = [];
  diag.setLogger(
    {
      error: () => {},
      warn: (...parts: unknown[]) => said.push(parts.join(" ")),
      info: () => {},
      debug: () => {},
      verbose: () => {},
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  afterTest(() => diag.disable());
  const { provider, reader } = provide();
  const objects = ["web", "jobs", "mail"].map((target) =>
    createTaskmon({
      target: { serviceName: target, jobName: target },
      allocator: memoryAllocator(),
      autoAttach: false,
    }),
  );
  afterTest(() => Promise.all(objects.map((taskmon) => taskmon.shutdown())));
  for (const taskmon of objects) taskmon.setMeterProvider(provider);
  const port = await hello();
  await request(port);
  expect(await requests(reader)).toBe(1);
  expect(said.filter((line) => line.includes("Another Taskmon object"))).toHaveLength(1);

  // The next one goes on where the first ends.
  await objects[0]!.shutdown();
  await request(port);
  expect(await requests(reader)).toBe(2);
});

it("counts each request once beside an instrumentation of ours that the program made by itself", async () => {
  const { provider, reader } = provide();
  const registry = new MetricRegistry();
  const first = new HttpMetricsInstrumentation();
  const second = new HttpMetricsInstrumentation({ registry });
  first.setMeterProvider(provider);
  const port = await hello();
  await request(port);
  expect(await requests(reader)).toBe(1);
  second.disable();
  first.disable();
  expect(subscribed()).toEqual([false, false]);
  second.enable();
  expect(subscribed()).toEqual([true, true]);
  second.disable();
  expect(subscribed()).toEqual([false, false]);
});
