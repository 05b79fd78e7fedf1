import { channel } from "node:diagnostics_channel";
import {
  diag,
  type DiagLogger,
  DiagLogLevel,
  type MeterProvider as ApiProvider,
} from "@opentelemetry/api";
import { describe, expect, it, vi } from "vitest";
import { MetricRegistry } from "../../src/metrics/index.ts";
import {
  afterTest,
  CHANNELS,
  create,
  hello,
  type ManualReader,
  measure,
  provide,
  RawClient,
  request,
  serve,
  signal,
} from "./harness.ts";

describe("a fault of the telemetry", () => {
  it("does not reach the program: the request is answered, the fault is counted and said once", async () => {
    const lines = captureDiag();
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    afterTest(() => process.off("uncaughtException", uncaught));
    const registry = new MetricRegistry();
    create({ registry, client: false });
    const { provider, reader } = provide();
    const getMeter: ApiProvider["getMeter"] = (name, ...rest) => {
      const meter = provider.getMeter(name, ...rest);
      vi.spyOn(meter, "createHistogram").mockReturnValue({
        record: () => {
          throw new Error("the SDK is broken");
        },
      });
      return meter;
    };
    registry.setMeterProvider({ getMeter });
    const called = signal();
    const { port } = await serve((incoming, response) => {
      if (incoming.url === "/hang") called.give();
      else response.end("hello");
    });
    expect(await request(port)).toBe("hello");
    expect(await request(port)).toBe("hello");
    const client = new RawClient(port);
    client.get("/hang");
    await called.given;
    client.socket.destroy();

    await expect.poll(() => droppedFor(reader, "failed")).toBe(3);
    expect(lines.filter((line) => line.includes("the SDK is broken"))).toHaveLength(1);
    expect(uncaught).not.toHaveBeenCalled();
  });

  it("does not reach the program when a channel carries something else", async () => {
    captureDiag();
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    afterTest(() => process.off("uncaughtException", uncaught));
    const { counted, reader } = measure();
    const others = [
      "net.server.socket",
      "http2.server.stream.created",
      "http2.server.stream.close",
      "tracing:fastify.request.handler:start",
    ];
    for (const name of [...CHANNELS, ...others]) {
      for (const message of [undefined, {}, { socket: {} }, "text"]) channel(name).publish(message);
    }
    await request(await hello());
    await counted(1);
    expect(await droppedFor(reader, "failed")).toBeGreaterThan(0);
    expect(uncaught).not.toHaveBeenCalled();
  });
});

async function droppedFor(reader: ManualReader, reason: string): Promise<number> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter((metric) => metric.descriptor.name === "taskmon.measurements.dropped")
    .flatMap((metric) => metric.dataPoints as { attributes: object; value: number }[])
    .filter(({ attributes }) => Object.values(attributes).includes(reason))
    .reduce((all, { value }) => all + value, 0);
}

function captureDiag(): string[] {
  const lines: string[] = [];
  const take = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  const logger: DiagLogger = { error: take, warn: take, info: take, debug: take, verbose: take };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  afterTest(() => diag.disable());
  return lines;
}
