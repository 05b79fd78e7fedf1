import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { promtoolPath, startPrometheus } from "../setup/prometheus.ts";

describe.each(["as-specified.prom", "original.prom"])("the golden exposition %s", (file) => {
  const text = readFileSync(join(import.meta.dirname, "golden", file), "utf8");

  it("is accepted by promtool without a word", () => {
    const { status, stdout, stderr } = spawnSync(promtoolPath(), ["check", "metrics"], {
      input: text,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("is read by a real Prometheus, every sample of it", async () => {
    const server = createServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const prometheus = await startPrometheus({
      config: {
        global: { scrape_interval: "1s" },
        scrape_configs: [
          { job_name: "golden", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
        ],
      },
    });
    onTestFinished(() => prometheus.stop());
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    await expect
      .poll(() => prometheus.query('scrape_samples_scraped{job="golden"}'), { timeout: 20_000 })
      .toMatchObject([{ value: samples }]);
    expect(await prometheus.query('up{job="golden"}')).toMatchObject([{ value: 1 }]);
  });
});
