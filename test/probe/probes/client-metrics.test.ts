import { createServer } from "node:http";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { HttpMetricsInstrumentation } from "../../../src/http/index.ts";
import { UserAgents } from "../../../src/http/server/user-agent.ts";
import { httpProbe } from "../../../src/probe/probes/http.ts";
import { VERSION } from "../../../src/shared/version.ts";
import { histogramPoints, ManualReader } from "../../http/harness.ts";
import { ask, listen, verdict } from "./harness.ts";

it("leaves our own client metrics alone, unless it is asked to be counted", async () => {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = new HttpMetricsInstrumentation();
  instrumentation.setMeterProvider(provider);
  instrumentation.enable();
  onTestFinished(async () => {
    instrumentation.disable();
    await provider.shutdown();
  });
  const server = createServer((_request, response) => void response.end());
  const url = `http://127.0.0.1:${await listen(server)}/`;
  const counted = async (): Promise<number> => {
    const points = await histogramPoints(reader, "http.client.request.duration");
    return points.reduce((sum, { count }) => sum + count, 0);
  };
  expect(verdict(await ask(httpProbe(), url))).toBe("pass");
  expect(verdict(await ask(httpProbe({ clientMetrics: true }), url))).toBe("pass");
  await expect.poll(counted).toBe(1);
});

it("names itself so that a server of ours knows it for a test", () => {
  expect(new UserAgents().syntheticType(`taskmon-probe/${VERSION}`)).toBe("test");
});
