import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Prometheus, promtoolPath, startPrometheus } from "../setup/prometheus.ts";
import { sendRequests, type Shop, startService, until } from "./shop.ts";

/** Rounds of three requests that each of the two processes answers. */
const ROUNDS = [5, 9] as const;

let shops: readonly Shop[];
let prometheus: Prometheus;

beforeAll(async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "e2e-prometheus-"));
  const env = { TASK_FILE: join(folder, "tasks.sqlite") };
  // At the same moment, with a file that neither finds.
  shops = await Promise.all([startService(env), startService(env)]);
  prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "shop", static_configs: [{ targets: shops.map(target) }] }],
    },
  });
  await Promise.all(shops.map((shop, index) => sendRequests(shop, ROUNDS[index]!)));
});

afterAll(async () => {
  await Promise.all([...shops, prometheus].map((each) => each[Symbol.asyncDispose]()));
});

it("is scraped by a real Prometheus, with a task number of its own in each target's info", async () => {
  await untilSeries("target_info{taskmon_task_number!=''}", 2);

  const up = await prometheus.query("up");
  expect(new Map(up.map(({ metric, value }) => [metric["instance"], value]))).toEqual(
    new Map(shops.map((shop) => [target(shop), 1])),
  );

  const infos = await prometheus.query("target_info");
  const each = (label: string): Set<unknown> => new Set(infos.map(({ metric }) => metric[label]));
  expect(each("taskmon_task_number")).toEqual(new Set(["0", "1"]));
  expect(each("service_name")).toEqual(new Set(["shop"]));
  expect(each("service_instance_id").size).toBe(2);
  // The gauge says the same as the resource.
  const gauges = await prometheus.query("taskmon_task_number");
  expect(new Set(gauges.map(({ value }) => value))).toEqual(new Set([0, 1]));
});

it("counts exactly the requests that were sent, by route, method and status", async () => {
  for (const [index, shop] of shops.entries()) {
    const sent = ROUNDS[index]!;
    const on = (labels: string): string => `{instance="${target(shop)}",${labels}}`;
    const count = (labels: string): Promise<number> =>
      valueOf(`sum(http_server_request_duration_seconds_count${on(labels)})`);

    await until(async () => (await count('http_route!=""')) >= 3 * sent, "the scrape of all");

    expect(await count('http_route!=""')).toBe(3 * sent);
    expect(await count('http_route="/orders/:id",http_request_method="GET"')).toBe(sent);
    expect(await count('http_route="/orders",http_response_status_code="201"')).toBe(sent);
    expect(await count('http_route="/broken",error_type="500"')).toBe(sent);
    expect(
      await valueOf(
        `sum(http_server_request_duration_seconds_bucket${on('http_route!="",le="+Inf"')})`,
      ),
    ).toBe(3 * sent);
    expect(
      await valueOf(`sum(http_server_request_duration_seconds_sum${on('http_route!=""')})`),
    ).toBeGreaterThan(0);
    expect(await valueOf(`shop_orders_placed_total${on('currency="EUR",channel="web"')}`)).toBe(
      sent,
    );
  }
});

it("counts the scrapes too, which are requests, but on no route", async () => {
  const onNoRoute =
    'http_server_request_duration_seconds_count{http_route="",http_response_status_code="200"}';
  await untilSeries(onNoRoute, 2);

  const requests = await prometheus.query("sum(http_server_request_duration_seconds_count)");
  const onRoutes = 3 * (ROUNDS[0] + ROUNDS[1]);
  expect(requests[0]!.value).toBeGreaterThan(onRoutes);
});

it("gives an exposition that promtool accepts, with nothing to remark", async () => {
  const response = await fetch(shops[0]!.metricsUrl);
  const input = await response.text();
  expect(input).toContain("http_server_request_duration_seconds_bucket");
  // promtool ends with another code than 0 where it finds something, and prints it.
  const printed = execFileSync(promtoolPath(), ["check", "metrics"], { input, encoding: "utf8" });
  expect(printed).toBe("");
});

function target({ metricsUrl }: Shop): string {
  return new URL(metricsUrl).host;
}

async function untilSeries(expression: string, count: number): Promise<void> {
  await until(
    async () => (await prometheus.query(expression)).length === count,
    `${count} series of ${expression}`,
  );
}

/** The value of a query with one answer; 0 where there is none yet. */
async function valueOf(expression: string): Promise<number> {
  const answer = await prometheus.query(expression);
  expect(answer.length).toBeLessThan(2);
  return answer[0]?.value ?? 0;
}
