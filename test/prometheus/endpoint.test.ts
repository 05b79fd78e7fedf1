import { expect, it, onTestFinished } from "vitest";
import { defineCounter } from "../../src/metrics/index.ts";
import { startScrapeEndpoint } from "../../src/prometheus/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { send } from "../scrape/harness.ts";
import { taskmon } from "./harness.ts";
import { OPENMETRICS } from "./streams.ts";

const orders = defineCounter({ service: "0xb1", id: "0x1", name: "shop.orders", help: "Orders." });

it("serves the metrics of a Taskmon object without an exporter and without an SDK", async () => {
  const one = taskmon();
  one.metrics.counter(orders).add(4);
  const endpoint = await startScrapeEndpoint({
    taskmon: one,
    port: 0,
    prometheus: { scopeInfo: false },
  });
  onTestFinished(() => endpoint.stop());
  const { state } = endpoint;
  if (!state.listening) throw state.error;
  const { headers, body } = await send(state.url, { headers: { accept: OPENMETRICS } });
  expect(headers["content-type"]).toMatch(/^application\/openmetrics-text/);
  expect(body.toString()).toMatch(/^target_info\{.*service_name="expo-/m);
  expect(body.toString()).toContain("\nshop_orders_total 4\n");
});

it("takes a Taskmon object or an exporter, not both and not neither", () => {
  const one = taskmon();
  const exporter = { getMetricsRequestHandler: () => {} };
  expect(() => startScrapeEndpoint({})).toThrow(InvalidOptionError);
  expect(() => startScrapeEndpoint({ taskmon: one, exporter })).toThrow(/scrape\.taskmon/);
  expect(() => startScrapeEndpoint({ exporter, prometheus: {} })).toThrow(/scrape\.prometheus/);
  expect(() => startScrapeEndpoint({ taskmon: {} as never })).toThrow(/attach/);
});
