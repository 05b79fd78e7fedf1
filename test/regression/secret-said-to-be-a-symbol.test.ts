import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { expect, it } from "vitest";
import { startScrapeEndpoint } from "../../src/scrape/index.ts";

it("refuses a wrong bearer token without showing it, and says so", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const starting = (async () =>
    startScrapeEndpoint({ exporter, port: 0, bearerToken: "hunter two" }))();
  await expect(starting).rejects.toThrow(
    "Option scrape.bearerToken must be a token of letters, digits and - . _ ~ + / =, got a text that is not shown here",
  );
  await exporter.shutdown();
});
