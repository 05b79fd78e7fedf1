import { metrics } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { describe, expect, it, vi } from "vitest";
import { HttpMetricsInstrumentation } from "../../src/http/index.ts";
import { MetricRegistry } from "../../src/metrics/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import {
  afterTest,
  create,
  hello,
  ManualReader,
  measure,
  provide,
  request,
  requests,
  subscribed,
} from "./harness.ts";

describe("an HttpMetricsInstrumentation alone", () => {
  it("counts from its construction on, and brings that to a later MeterProvider", async () => {
    const instrumentation = create();
    const port = await hello();
    await request(port);
    await request(port);
    const { provider, reader } = provide();
    instrumentation.setMeterProvider(provider);
    await request(port);
    expect(await requests(reader)).toBe(3);
  });

  it("works among the instrumentations of a NodeSDK, and loses nothing from before its start", async () => {
    afterTest(() => metrics.disable());
    const reader = new ManualReader();
    const instrumentation = create();
    const port = await hello();
    await request(port);
    const sdk = new NodeSDK({
      instrumentations: [instrumentation],
      metricReaders: [reader],
      autoDetectResources: false,
    });
    sdk.start();
    await request(port);
    expect(await requests(reader)).toBe(2);
    await sdk.shutdown();
  });

  it("is turned on by a NodeSDK, as every instrumentation that was made with enabled: false", async () => {
    afterTest(() => metrics.disable());
    const reader = new ManualReader();
    const instrumentation = create({ enabled: false });
    expect(subscribed()).toEqual([false, false]);
    const sdk = new NodeSDK({
      instrumentations: [instrumentation],
      metricReaders: [reader],
      autoDetectResources: false,
    });
    sdk.start();
    await request(await hello());
    expect(await requests(reader)).toBe(1);
    await sdk.shutdown();
  });

  it("exports the histogram of the conventions", async () => {
    const { reader, counted } = measure();
    await request(await hello());
    await counted(1);
    const { resourceMetrics } = await reader.collect();
    const scope = resourceMetrics.scopeMetrics.find(
      ({ scope: { name } }) => name === "taskmon.http",
    );
    const duration = scope?.metrics.filter(({ descriptor }) => /duration/.test(descriptor.name));
    expect(duration).toMatchObject([
      {
        descriptor: { name: "http.server.request.duration", unit: "s" },
        dataPoints: [
          {
            value: {
              buckets: {
                boundaries: [
                  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
                ],
              },
            },
          },
        ],
      },
    ]);
  });

  it("obeys the environment's list of known methods", async () => {
    vi.stubEnv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "POST");
    afterTest(() => vi.unstubAllEnvs());
    const { counted } = measure();
    await request(await hello());
    expect(await counted(1)).toMatchObject([{ "http.request.method": "_OTHER" }]);
  });
});

describe("an HttpMetricsInstrumentation with a registry that was given", () => {
  it("leaves the provider to the registry's owner, and counts once", async () => {
    const registry = new MetricRegistry();
    const instrumentation = create({ registry });
    const { provider, reader } = provide();
    const other = provide();
    registry.setMeterProvider(provider);
    instrumentation.setMeterProvider(other.provider);
    await request(await hello());
    expect(await requests(reader)).toBe(1);
    expect(await requests(other.reader)).toBe(0);
  });
});

describe("wrong options", () => {
  it.each([
    [null, "http"],
    ["on", "http"],
    [{ enabled: "yes" }, "http.enabled"],
    [{ registry: null }, "http.registry"],
    [{ registry: {} }, "http.registry"],
    [{ enable: true }, "http.enable"],
  ])("%j are refused at construction, and nothing is subscribed", (options, option) => {
    const error = capture(() => new HttpMetricsInstrumentation(options as never));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ code: "ERR_TASKMON_INVALID_OPTION", option });
    expect(subscribed()).toEqual([false, false]);
  });

  it("are refused by setConfig", () => {
    const instrumentation = create();
    const error = capture(() => instrumentation.setConfig({ enabled: 1 } as never));
    expect(error).toMatchObject({ code: "ERR_TASKMON_INVALID_OPTION", option: "http.enabled" });
    expect(instrumentation.getConfig()).toEqual({ enabled: true });
  });
});

function capture(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
