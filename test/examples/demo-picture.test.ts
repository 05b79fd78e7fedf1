import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Happening } from "../../examples/demo/events.ts";
import { parseExposition } from "../../examples/demo/exposition.ts";
import { readExports } from "../../examples/demo/otlp.ts";
import { picture } from "../../examples/demo/picture.ts";
import { Scene } from "../../examples/demo/scene.ts";
import { readScrape } from "../../examples/demo/scraper.ts";
import { toText, width } from "../../examples/demo/text.ts";

const LEASE_MS = 5_000;
const NOW_MS = 6_000;

describe("the demo's picture", () => {
  it("shows each process, what arrived from which number, and what has happened", () => {
    const lines = picture(scene(), NOW_MS, { columns: 90 }).map((line) => toText(line, false));
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      " Taskmon  B is killed                                                               6.0 s

       process       task  lease            requests      mean  exposition
       ● A 100          0  ━━━╌╌╌ 2.5 s        1,234    3.1 ms  http://127.0.0.1:40000/metrics
       ✗ B 101        (1)  ━━━╌╌╌ 2.5 s        1,234    3.1 ms  http://127.0.0.1:40001/metrics
       ◌ C 102          -  starting                0         -

       OTLP receiver
       from task  exports  requests  sent by          last
               1        1     1,200  B                1.0 s ago

         5.0 s  OTLP receiver at http://127.0.0.1:4318; the task numbers are in /tmp/demo
         5.0 s  ── B is killed
         5.0 s  A starts as process 100, and loads its sources: some seconds
         5.0 s  B starts as process 101, and loads its sources: some seconds
         5.0 s  C starts as process 102, and loads its sources: some seconds
         5.0 s  A serves http://127.0.0.1:80, metrics at http://127.0.0.1:40000/metrics
         5.0 s  A has task number 0
         5.0 s  B serves http://127.0.0.1:80, metrics at http://127.0.0.1:40001/metrics
         5.0 s  B has task number 1
         5.0 s  B is killed: its number is its own until its lease is over
         5.0 s  B is gone (SIGKILL)"
    `);
  });

  it("is never wider or higher than the terminal", () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 2, max: 60 }),
    });
    fc.assert(
      fc.property(size, ({ columns, rows }) => {
        const lines = picture(scene(), NOW_MS, { columns, rows });
        // The last row is where the cursor stands.
        expect(lines.length).toBeLessThan(rows);
        expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it("shows the latest in a terminal of 24 lines, however much has happened", () => {
    const long = scene();
    for (let atMs = 0; atMs < 50; atMs++) {
      long.apply({ atMs, event: "said", process: "A", line: `line ${atMs}` });
    }
    const lines = picture(long, NOW_MS, { columns: 80, rows: 24 });
    expect(lines).toHaveLength(23);
    expect(toText(lines.at(-1)!, false)).toMatch(/A: line 49$/);
  });

  it("is coloured only where that is asked for", () => {
    const lines = picture(scene(), NOW_MS, { columns: 80 });
    expect(lines.map((line) => toText(line, false)).join("")).not.toContain("\u001B");
    expect(lines.map((line) => toText(line, true)).join("")).toContain("\u001B[1;36m");
  });
});

it("reads an exposition with escapes, special values and timestamps", () => {
  const text = [
    "# HELP a_total says {x} 1",
    'a_total{path="C:\\\\x\\n\\"y\\"",b="}"} 3 1700000000000',
    "b 1.5e-3",
    "c +Inf",
    "",
  ].join("\n");
  expect(parseExposition(text)).toEqual([
    { name: "a_total", labels: { path: 'C:\\x\n"y"', b: "}" }, value: 3 },
    { name: "b", labels: {}, value: 0.0015 },
    { name: "c", labels: {}, value: Infinity },
  ]);
});

it("reads a scrape without the scrapes among the requests, and without a number", () => {
  const text = [
    'target_info{service_name="shop"} 1',
    'http_server_request_duration_seconds_count{http_route="/orders"} 4',
    'http_server_request_duration_seconds_sum{http_route="/orders"} 0.02',
    "http_server_request_duration_seconds_count 9",
  ].join("\n");
  expect(readScrape(parseExposition(text))).toEqual({
    number: null,
    epoch: null,
    leaseMs: null,
    requests: 4,
    meanMs: 5,
  });
});

it("reads an OTLP request whose integers are text, and one that says nothing", () => {
  const route = { key: "http.route", value: { stringValue: "/orders" } };
  const request = {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            { key: "taskmon.task.number", value: { intValue: "2" } },
            { key: "service.instance.id", value: { stringValue: "5a8e" } },
          ],
        },
        scopeMetrics: [
          { metrics: [{ name: "taskmon.task.epoch", gauge: { dataPoints: [{ asInt: "17" }] } }] },
          {
            metrics: [
              {
                name: "http.server.request.duration",
                histogram: {
                  dataPoints: [
                    { attributes: [route], count: "3" },
                    { attributes: [], count: 5 },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  expect(readExports(JSON.stringify(request))).toEqual([
    { number: 2, epoch: 17, instanceId: "5a8e", requests: 3 },
  ]);
  expect(readExports('{"resourceMetrics":[{}]}')).toEqual([
    { number: null, epoch: null, instanceId: null, requests: 0 },
  ]);
  expect(readExports("{}")).toEqual([]);
});

function scene(): Scene {
  const made = new Scene();
  const happenings: Happening[] = [
    { event: "opened", folder: "/tmp/demo", otlpUrl: "http://127.0.0.1:4318", leaseMs: LEASE_MS },
    { event: "chapter", title: "B is killed" },
    ...["A", "B", "C"].map((process, index): Happening => ({
      event: "started",
      process,
      pid: 100 + index,
    })),
    ...["A", "B"].flatMap((process, number): Happening[] => [
      {
        event: "serving",
        process,
        url: "http://127.0.0.1:80",
        metricsUrl: `http://127.0.0.1:4000${number}/metrics`,
      },
      {
        event: "scraped",
        process,
        askedAtMs: 4_000,
        number,
        epoch: 1_000 + number,
        leaseMs: 4_500,
        requests: 1_234,
        meanMs: 3.14,
      },
      { event: "number", process, number, epoch: 1_000 + number },
    ]),
    { event: "exported", number: 1, epoch: 1_001, instanceId: "b", requests: 1_200 },
    { event: "signal", process: "B", signal: "SIGKILL", answered: 1_240 },
    { event: "ended", process: "B", code: null, signal: "SIGKILL", answered: 1_240 },
  ];
  for (const happening of happenings) made.apply({ atMs: 5_000, ...happening });
  return made;
}
