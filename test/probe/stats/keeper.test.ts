import { diag, DiagLogLevel } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../../src/metrics/registry.ts";
import {
  createStatsKeeper,
  ProbeError,
  type StatsKeeper,
  type StatsKeeperOptions,
  type TargetInput,
} from "../../../src/probe/index.ts";
import { manualClock } from "../../../src/testing/manual-clock.ts";
import { collector, deltaCollector } from "./harness.ts";

function setup(targets: readonly TargetInput[], options: Partial<StatsKeeperOptions> = {}) {
  const clock = manualClock();
  const list = { now: targets };
  const keeper = createStatsKeeper({
    ...{ type: "http", name: "site", targets: () => list.now, clock },
    ...options,
  });
  return { clock, list, keeper, ...collector(keeper.registry) };
}

const pass = (target: string, latencyMs = 20) => ({ target, success: true, latencyMs });

function warnings(): string[] {
  const said: string[] = [];
  const warn = (_: string, message: unknown): void => void said.push(String(message));
  const quiet = (): void => undefined;
  diag.setLogger(
    { warn, error: warn, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return said;
}

describe("TestStatsKeeper of cloudprober, by intent", () => {
  it("exports what each target's results add up to, under the target's name", () => {
    const { keeper, rows } = setup(["target1", "target2"], {
      type: "test",
      name: "testProbe",
      metrics: [
        { name: "sent", kind: "counter" },
        { name: "rcvd", kind: "counter" },
        { name: "rtt", kind: "counter", unit: "us" },
      ],
    });
    for (const target of ["target1", "target2"]) {
      // An object that says its target and its metrics, as the original's `ProbeResult`.
      const result = {
        target: () => target,
        metrics: () => [
          { name: "sent", value: 1 },
          { name: "rcvd", value: 1 },
          { name: "rtt", value: 20_000 },
        ],
      };
      expect(keeper.record(result)).toBeUndefined();
    }
    const of = (metric: string) =>
      Object.fromEntries(
        rows(metric).map(({ attributes, value }) => [attributes["health.probe.target"], value]),
      );
    expect(of("sent")).toEqual({ target1: 1, target2: 1 });
    expect(of("rcvd")).toEqual({ target1: 1, target2: 1 });
    expect(of("rtt")).toEqual({ target1: 20_000, target2: 20_000 });
  });
});

it("counts runs and latencies by outcome and type of error", () => {
  const { keeper, rows } = setup(["https://example.org/a"]);
  const target = "https://example.org/a";
  keeper.record(pass(target));
  keeper.record(pass(target, 40));
  keeper.record({ target, success: false, error: new ProbeError("timeout", "too slow") });
  keeper.record({
    target,
    success: false,
    error: Object.assign(new Error(), { code: "ENOTFOUND" }),
  });
  keeper.record({ target, success: false });
  keeper.record({ target, unknown: true, latencyMs: 9_999 });
  const base = {
    ...{ "health.probe.name": "site", "health.probe.type": "http" },
    ...{ "health.probe.target": target, "server.address": "example.org", "server.port": 443 },
  };
  const runs = rows("health.probe.runs").map(({ attributes, value }) => ({ attributes, value }));
  const outcome = (is: string, error?: string) => ({
    ...{ ...base, "health.probe.outcome": is },
    ...(error !== undefined && { "error.type": error }),
  });
  expect(runs).toEqual([
    { attributes: outcome("pass"), value: 2 },
    { attributes: outcome("fail", "timeout"), value: 1 },
    { attributes: outcome("fail", "dns_not_found"), value: 1 },
    { attributes: outcome("fail", "_OTHER"), value: 1 },
    { attributes: outcome("unknown"), value: 1 },
  ]);
  const [duration, ...others] = rows("health.probe.duration");
  expect(duration).toMatchObject({ attributes: outcome("pass"), value: 2, sum: 0.06 });
  // A standstill of ours is not the target's latency.
  expect(others).toEqual([]);
});

it("counts phases, validators, status codes and certificates", () => {
  const { keeper, rows } = setup(["a"], { validators: ["body", "status"] });
  keeper.record({
    ...pass("a"),
    phasesMs: { dns: 1, connect: 2 },
    validations: [
      { name: "body", passed: false, reason: "no" },
      { name: "status", passed: true },
    ],
    statusCode: 404,
    certificate: { leafNotAfterMs: 2_000_000, chainNotAfterMs: 1_000_000 },
  });
  const of = (metric: string, label: string) =>
    Object.fromEntries(rows(metric).map(({ attributes, value }) => [attributes[label], value]));
  expect(of("health.probe.phase.duration", "health.probe.phase")).toEqual({ dns: 1, connect: 1 });
  // Also the one that has not failed yet, so that its first failure is an increase.
  expect(of("health.probe.validation.failures", "health.probe.validator")).toEqual({
    ...{ body: 1, status: 0 },
  });
  expect(of("health.probe.responses", "http.response.status_code")).toEqual({ 404: 1 });
  expect(of("health.probe.tls.certificate.not_after", "health.probe.certificate.position")).toEqual(
    {
      ...{ leaf: 2_000, chain: 1_000 },
    },
  );
});

it("puts a boundary sample into the bucket that it bounds", () => {
  const { keeper } = setup(["a"], { buckets: [0.01, 0.02, 0.05] });
  keeper.record(pass("a", 20));
  const [metric] = [...keeper.registry.metrics()].filter(
    ({ spec }) => spec.name === "health.probe.duration",
  );
  const [cell] = [...metric!.series.cells()] as { accumulator?: { value(): unknown } }[];
  expect(cell?.accumulator?.value()).toMatchObject({ buckets: { counts: [0, 1, 0, 0] } });
});

it("has no row for a target without results", () => {
  const { keeper, targets } = setup(["a", "b"]);
  keeper.record(pass("b"));
  expect(targets()).toEqual(["b"]);
});

it("asks for the targets anew at each collection, and takes one that is gone out of every reader", () => {
  const { keeper, list, targets } = setup(["a", "b"]);
  const other = deltaCollector(keeper.registry);
  keeper.record(pass("a"));
  keeper.record(pass("b"));
  expect([targets(), other.targets()]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
  list.now = ["b"];
  keeper.record(pass("b"));
  expect([targets(), other.targets()]).toEqual([["b"], ["b"]]);
});

it("goes on where it was when a target comes back in time, and begins at zero after that", async () => {
  const { keeper, list, clock, byTarget, rows } = setup(["a"], { keepMs: 1_000 });
  const delta = deltaCollector(keeper.registry);
  keeper.record(pass("a"));
  const [first] = rows("health.probe.runs");
  expect(delta.byTarget("health.probe.runs")).toEqual({ a: 1 });
  list.now = [];
  expect(byTarget("health.probe.runs")).toEqual({});
  await clock.advance(1_000);
  list.now = ["a"];
  keeper.record(pass("a"));
  expect(rows("health.probe.runs")).toMatchObject([{ value: 2, startTime: first!.startTime }]);
  expect(delta.byTarget("health.probe.runs")).toEqual({ a: 1 });
  list.now = [];
  expect(byTarget("health.probe.runs")).toEqual({});
  await clock.advance(1_001);
  list.now = ["a"];
  expect(byTarget("health.probe.runs")).toEqual({});
  keeper.record(pass("a"));
  expect(byTarget("health.probe.runs")).toEqual({ a: 1 });
  expect(delta.byTarget("health.probe.runs")).toEqual({ a: 1 });
});

it("keeps a result of an unlisted target until it is listed", () => {
  const { keeper, list, byTarget } = setup([]);
  keeper.record(pass("a:80"));
  keeper.record({ ...pass("x"), target: { name: "b", host: "10.0.0.1" } });
  expect(byTarget("health.probe.runs")).toEqual({});
  // By name, whatever else the list says of it.
  list.now = [
    { name: "a:80", host: "10.0.0.2", port: 80 },
    { name: "b", host: "10.0.0.1" },
  ];
  expect(byTarget("health.probe.runs")).toEqual({ "a:80": 1, b: 1 });
  expect(byTarget("health.probe.runs")).toEqual({ "a:80": 1, b: 1 });
});

it("keeps results by an unknown name for no longer, and no more than a thousand of them", async () => {
  const { keeper, list, clock, byTarget } = setup([], { keepMs: 1_000 });
  for (let run = 0; run < 1_000; run++) expect(keeper.record(pass("a"))).toBeUndefined();
  expect(keeper.record(pass("a"))).toMatchObject({ reason: "too_many_results" });
  await clock.advance(1_001);
  list.now = ["a"];
  expect(byTarget("health.probe.runs")).toEqual({});
});

it("tells targets of one host apart by their ports", () => {
  const { keeper, byTarget } = setup(["a:1", "a:2"]);
  keeper.record(pass("a:1"));
  expect(byTarget("health.probe.runs")).toEqual({ "a:1": 1 });
});

it("carries only those labels of targets that are named, as they are now", () => {
  const at = (env: string) => ({ name: "a", labels: { env, secret: "x" } });
  const { keeper, list, rows } = setup([at("test")], { targetLabels: ["env", "team"] });
  keeper.record(pass("a"));
  expect(rows("health.probe.runs")[0]!.attributes).toMatchObject({ env: "test" });
  expect(rows("health.probe.runs")[0]!.attributes).not.toHaveProperty("secret");
  expect(rows("health.probe.runs")[0]!.attributes).not.toHaveProperty("team");
  list.now = [at("prod")];
  rows();
  keeper.record({ ...pass("a"), target: at("prod") });
  expect(rows("health.probe.runs").map(({ attributes }) => attributes["env"])).toEqual(["prod"]);
});

describe("a result is counted whole or not at all", () => {
  const bad: [string, object, string][] = [
    ["an unknown metric", { metrics: [{ name: "x", value: 1 }] }, "unknown_metric"],
    ["a metric with wrong labels", { metrics: [{ name: "n", value: 1 }] }, "wrong_labels"],
    [
      "a counter that shrinks",
      { metrics: [{ name: "n", value: -1, labels: { k: "v" } }] },
      "invalid",
    ],
    ["a latency that is no number", { latencyMs: Number.NaN }, "invalid"],
    ["a negative phase", { phasesMs: { dns: -1 } }, "invalid"],
    ["an unknown phase", { phasesMs: { lunch: 1 } }, "invalid"],
    ["a validator that nobody declared", { validations: [{ name: "v", passed: true }] }, "invalid"],
    ["a status code that is none", { statusCode: 12.5 }, "invalid"],
    ["a certificate without a time", { certificate: {} }, "invalid"],
    ["no outcome", { success: "yes" }, "invalid"],
    ["no target", { target: 5 }, "invalid"],
  ];
  it.each(bad)("with %s", (_, wrong, reason) => {
    const { keeper, rows, byTarget } = setup(["a"], {
      metrics: [{ name: "n", kind: "counter", labels: ["k"] }],
    });
    keeper.record(pass("a"));
    const fine = { name: "n", value: 1, labels: { k: "v" } };
    const result = { ...pass("a"), phasesMs: { dns: 1 }, metrics: [fine], ...wrong };
    expect(keeper.record(result as never)).toMatchObject({ reason });
    expect(byTarget("health.probe.runs")).toEqual({ a: 1 });
    expect([...rows("n"), ...rows("health.probe.phase.duration")]).toEqual([]);
    expect(rows("health.probe.results.refused")).toMatchObject([
      { value: 1, attributes: { "health.probe.name": "site", "health.probe.reason": reason } },
    ]);
  });

  it.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["null", () => null],
    ["a number", () => 5],
    ["an empty object", () => ({})],
    ["a field that throws", () => Object.defineProperty({}, "target", { get: fail })],
    ["a method that throws", () => ({ target: fail, metrics: () => [] })],
  ])("and nothing is thrown at the caller for %s", (_, make) => {
    expect(setup(["a"]).keeper.record(make() as never)).toMatchObject({ reason: "invalid" });
  });
});

function fail(): never {
  throw new Error("not today");
}

it("refuses a name that several targets have", () => {
  const { keeper, rows } = setup([
    { name: "a", host: "h", port: 1 },
    { name: "a", host: "h", port: 2 },
  ]);
  rows();
  expect(keeper.record(pass("a"))).toMatchObject({ reason: "ambiguous_target" });
  expect(
    keeper.record({ ...pass("a"), target: { name: "a", host: "h", port: 2 } }),
  ).toBeUndefined();
  expect(rows("health.probe.runs")).toMatchObject([{ attributes: { "server.port": 2 } }]);
});

it("keeps the last list where the targets cannot be had, and says so once", () => {
  const said = warnings();
  let broken = false;
  const { keeper, byTarget } = setup([], {
    targets: () => {
      if (broken) throw new Error("discovery is down");
      return ["a"];
    },
  });
  keeper.record(pass("a"));
  expect(byTarget("health.probe.runs")).toEqual({ a: 1 });
  broken = true;
  keeper.record(pass("a"));
  expect(byTarget("health.probe.runs")).toEqual({ a: 2 });
  expect(byTarget("health.probe.runs")).toEqual({ a: 2 });
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^The targets of probe site cannot be read: discovery is down/);
});

it("has room for so many targets", () => {
  const { keeper, list, byTarget } = setup(["a", "b", "c"], { maxTargets: 2 });
  for (const target of ["a", "b"]) keeper.record(pass(target));
  expect(byTarget("health.probe.runs")).toEqual({ a: 1, b: 1 });
  const refused = keeper.record({ ...pass("c"), target: { name: "c" } });
  expect(refused).toMatchObject({ reason: "too_many_targets" });
  list.now = ["a"];
  expect(byTarget("health.probe.runs")).toEqual({ a: 1 });
});

it("leaves every reader for good when it is closed", () => {
  const { keeper, rows } = setup(["a"]);
  keeper.record(pass("a"));
  keeper.close();
  // What the reader has not seen is told once more.
  expect(rows("health.probe.runs")).toMatchObject([{ value: 1 }]);
  expect(keeper.record(pass("a"))).toMatchObject({ reason: "closed" });
  expect(rows("health.probe.runs")).toEqual([]);
});

it("keeps two probes of one registry apart", () => {
  const registry = new MetricRegistry();
  const both = ["one", "two"].map((name) => setup(["a"], { registry, name }));
  both[0]!.keeper.record(pass("a"));
  both[1]!.keeper.record(pass("a"));
  both[1]!.keeper.record(pass("a"));
  const runs = both[0]!
    .rows("health.probe.runs")
    .map(({ attributes, value }) => [attributes["health.probe.name"], value]);
  expect(runs).toEqual([
    ["one", 1],
    ["two", 2],
  ]);
});

it.each<[string, Partial<StatsKeeperOptions>, string]>([
  ["a type that is none", { type: "HTTP GET" }, "ERR_TASKMON_INVALID_OPTION"],
  ["no name", { name: " " }, "ERR_TASKMON_INVALID_OPTION"],
  ["a list in place of a function", { targets: [] as never }, "ERR_TASKMON_INVALID_OPTION"],
  ["a naming that is none", { naming: "nagios" as never }, "ERR_TASKMON_INVALID_OPTION"],
  ["buckets that repeat", { buckets: [2, 2] }, "ERR_TASKMON_INVALID_SPEC"],
  ["a target label that is ours", { targetLabels: ["server.port"] }, "ERR_TASKMON_INVALID_OPTION"],
  ["an unknown option", { exportMs: 1 } as never, "ERR_TASKMON_INVALID_OPTION"],
  [
    "one metric twice",
    {
      metrics: [
        { name: "n", kind: "gauge" },
        { name: "n", kind: "gauge" },
      ],
    },
    "ERR_TASKMON_INVALID_OPTION",
  ],
  [
    "a kind of metric that is none",
    { metrics: [{ name: "n" } as never] },
    "ERR_TASKMON_INVALID_OPTION",
  ],
])("refuses %s", (_, options, code) => {
  expect(() => setup(["a"], options)).toThrow(expect.objectContaining({ code }));
});

function keepers(naming: "cloudprober" | "blackbox"): { keeper: StatsKeeper; seen(): unknown } {
  const { keeper, rows } = setup([{ url: "https://example.org/", labels: { env: "prod" } }], {
    ...{ naming, targetLabels: ["env"], validators: ["body"] },
  });
  const seen = (): unknown =>
    Object.fromEntries(
      rows()
        .filter(({ metric }) => metric !== "health.probe.results.refused")
        .map(({ metric, attributes, value }) => {
          const { phase, code, validator, ...target } = attributes;
          const own = phase ?? code ?? validator;
          return [own === undefined ? metric : `${metric}/${String(own)}`, [value, target]];
        }),
    );
  return { keeper, seen };
}

const answered = {
  ...pass("https://example.org/"),
  phasesMs: { dns: 1, connect: 2, tls: 3, first_byte: 4, transfer: 5 },
  statusCode: 200,
  certificate: { leafNotAfterMs: Date.UTC(2026, 0, 2), chainNotAfterMs: Date.UTC(2026, 0, 1, 1) },
};
const timedOut = {
  target: "https://example.org/",
  success: false,
  latencyMs: 1_000,
  error: new ProbeError("timeout", "slow"),
};

it("speaks cloudprober's language", () => {
  const { keeper, seen } = keepers("cloudprober");
  keeper.record(answered);
  keeper.record(timedOut);
  const target = { ptype: "HTTP", probe: "site", dst: "https://example.org/", env: "prod" };
  const value = (number: number) => [number, target];
  expect(seen()).toEqual({
    ...{ total: value(2), success: value(1), timeouts: value(1), latency: value(20_000) },
    ...{ dns_latency: value(1_000), connect_latency: value(2_000) },
    ...{ tls_handshake_latency: value(3_000), first_byte_latency: value(4_000) },
    ...{ "resp_code/200": value(1), "validation_failure/body": value(0) },
    ...{ ssl_earliest_cert_expiry_sec: value(3_600) },
  });
});

it("speaks blackbox_exporter's language", () => {
  const { keeper, seen } = keepers("blackbox");
  keeper.record(answered);
  const target = { job: "site", instance: "https://example.org/", env: "prod" };
  const value = (number: number) => [number, target];
  expect(seen()).toEqual({
    ...{ probe_success: value(1), probe_duration_seconds: value(0.02) },
    ...{ probe_dns_lookup_time_seconds: value(0.001), probe_http_status_code: value(200) },
    ...{ probe_ssl_earliest_cert_expiry: value(Date.UTC(2026, 0, 1, 1) / 1_000) },
    ...{ "probe_http_duration_seconds/resolve": value(0.001) },
    ...{ "probe_http_duration_seconds/connect": value(0.002) },
    ...{ "probe_http_duration_seconds/tls": value(0.003) },
    ...{ "probe_http_duration_seconds/processing": value(0.004) },
    ...{ "probe_http_duration_seconds/transfer": value(0.005) },
  });
  keeper.record(timedOut);
  expect(seen()).toMatchObject({ probe_success: value(0), probe_duration_seconds: value(1) });
});
