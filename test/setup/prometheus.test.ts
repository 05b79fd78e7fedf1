import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { promtoolPath, startPrometheus } from "./prometheus.ts";

it("starts a real Prometheus that scrapes what its configuration names, and removes it", async () => {
  const prometheus = await startPrometheus({
    config: { global: { scrape_interval: "1s" }, scrape_configs: [] },
  });

  expect(await prometheus.query("vector(41) + 1")).toEqual([{ metric: {}, value: 42 }]);

  await prometheus.stop();
  await expect(fetch(prometheus.url)).rejects.toThrow("fetch failed");
  expect(existsSync(prometheus.folder)).toBe(false);
});

it("refuses a configuration that Prometheus refuses, with Prometheus's own words", async () => {
  await expect(startPrometheus({ config: { nonsense: true } })).rejects.toThrow(
    /prometheus did not start: it ended with code \d+\n[^]*nonsense not found/,
  );
});

it("finds promtool beside the server", () => {
  expect(execFileSync(promtoolPath(), ["--version"], { encoding: "utf8" })).toMatch(/^promtool/);
});
