import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, it, vi } from "vitest";
import { programPath } from "../setup/test-run.ts";
import { runDemo } from "./demo-run.ts";

vi.setConfig({ testTimeout: 120_000 });

const COMMAND = [
  process.execPath,
  "--conditions=@taskmon/source",
  join(import.meta.dirname, "../../examples/demo-prometheus/demo.ts"),
];

/** Answers as far as the demo asks Grafana, and shows what it was started with. */
const GRAFANA = `#!${process.execPath}
const { createServer } = require("node:http");
const { readdirSync, readFileSync } = require("node:fs");
const { GF_SERVER_HTTP_PORT: port, GF_PATHS_PROVISIONING: folder } = process.env;
const provider = JSON.parse(readFileSync(folder + "/dashboards/taskmon.yaml", "utf8"));
const boards = readdirSync(provider.providers[0].options.path);
const source = JSON.parse(readFileSync(folder + "/datasources/prometheus.yaml", "utf8"));
createServer((_, response) => response.end(JSON.stringify({ boards, source }))).listen(port, "127.0.0.1");
`;

it("scrapes the shop with Debian's Prometheus under our rules, beside Grafana, and leaves nothing", async () => {
  const { folder } = inject("testRun");
  const bin = mkdtempSync(join(folder, "bin-"));
  writeFileSync(join(bin, "grafana-server"), GRAFANA);
  chmodSync(join(bin, "grafana-server"), 0o755);
  const path = [bin, join(programPath("prometheus"), ".."), process.env["PATH"]].join(delimiter);
  await using run = runDemo([], ["/usr/bin/env", `PATH=${path}`, ...COMMAND]);
  const prometheus = new URL(
    (await run.line((line) => line.startsWith("Prometheus: "))).split(" ").at(-1)!,
  ).origin;
  const grafana = (await run.line((line) => line.startsWith("Grafana: "))).split(" ").at(-1)!;
  const query = async (expression: string): Promise<unknown[]> => {
    const answer = await fetch(
      `${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result;
  };
  while ((await query("taskmon_task_number")).length < 2) await sleep(200);
  while ((await query('http_server_request_duration_seconds_count{http_route!=""}')).length === 0) {
    await sleep(200);
  }
  const rules = (await (await fetch(`${prometheus}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { lastError?: string }[] }[] };
  };
  expect(rules.data.groups.length).toBeGreaterThan(3);
  expect(
    rules.data.groups.flatMap((group) => group.rules).filter((rule) => rule.lastError),
  ).toEqual([]);
  expect(await (await fetch(grafana)).json()).toMatchObject({
    boards: ["fleet.json", "http.json", "runtime.json"],
    source: { datasources: [{ url: prometheus }] },
  });
  run.child.kill("SIGINT");
  expect(await run.ended).toEqual({ code: 0, stderr: "" });
  expect(
    (await readdir(folder)).filter((name) => name.startsWith("taskmon-demo-prometheus")),
  ).toEqual([]);
  await expect(fetch(prometheus)).rejects.toThrow("fetch failed");
  await expect(fetch(grafana)).rejects.toThrow("fetch failed");
});

it("says what to install where there is no Prometheus", async () => {
  await using run = runDemo([], ["/usr/bin/env", "PATH=/nowhere", ...COMMAND]);
  expect(await run.ended).toEqual({
    code: 1,
    stderr: "demo: there is no prometheus here; on Debian: apt-get install prometheus\n",
  });
});
