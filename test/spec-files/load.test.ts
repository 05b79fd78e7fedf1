import { execFileSync } from "node:child_process";
import { mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { derivedMetricId } from "../../src/metrics/derived-ids.ts";
import {
  formatProblem,
  loadMetricSpecs,
  parseMetricSpecs,
  SpecFileError,
  type SpecText,
} from "../../src/spec-files/index.ts";
import {
  defineCounter,
  defineDistribution,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";

const base = { service: 0xan, help: "Help." } as const;

/** What is said against a text, a line for each problem. */
function problemsOf(text: string | SpecText): string[] {
  try {
    parseMetricSpecs(text);
    return [];
  } catch (error) {
    if (!(error instanceof SpecFileError)) throw error;
    return error.problems.map(formatProblem);
  }
}

function file(name: string, content: string | Buffer): string {
  const path = join(mkdtempSync(join(inject("testRun").folder, "specs-")), name);
  writeFileSync(path, content);
  return path;
}

function pipe(): string {
  const path = join(mkdtempSync(join(inject("testRun").folder, "pipe-")), "pipe.yaml");
  execFileSync("mkfifo", [path]);
  return path;
}

it("makes of each kind in a file what the same declaration makes in code", () => {
  const { specs } = parseMetricSpecs(`
metrics:
  - { kind: counter, service: 0xa, id: 1, name: a.counter, help: Help., unit: "{x}", labels: [l] }
  - { kind: upDownCounter, service: 0xa, id: 2, name: a.updown, help: Help., maxSeries: 7 }
  - { kind: gauge, service: 0xa, id: 3, name: a.gauge, help: Help., labels: { n: int, b: boolean? } }
  - { kind: histogram, service: 0xa, id: 4, name: a.histogram, help: Help., buckets: [1, 2.5] }
  - { kind: exponentialHistogram, service: 0xa, id: 5, name: a.exponential, help: Help. }
  - { kind: state, service: 0xa, id: 6, name: a.state, help: Help., stateLabel: mood, labels: [l] }
  - { kind: distribution, service: 0xa, id: 7, name: a.distribution, help: Help., buckets: [1] }
`);
  const inCode = [
    defineCounter({ ...base, id: 1n, name: "a.counter", unit: "{x}", labels: ["l"] }),
    defineUpDownCounter({ ...base, id: 2n, name: "a.updown", maxSeries: 7 }),
    defineGauge({ ...base, id: 3n, name: "a.gauge", labels: { n: "int", b: "boolean?" } }),
    defineHistogram({ ...base, id: 4n, name: "a.histogram", buckets: [1, 2.5] }),
    defineExponentialHistogram({ ...base, id: 5n, name: "a.exponential" }),
    defineState({ ...base, id: 6n, name: "a.state", stateLabel: "mood", labels: ["l"] }),
    defineDistribution({ ...base, id: 7n, name: "a.distribution", buckets: [1] }),
  ];
  const place = { definedAt: expect.stringMatching(/^metrics\.yaml:\d+:5$/) as string };
  expect(specs).toEqual(inCode.map((spec) => ({ ...spec, ...place })));
});

it("reads the original's config message field by field", () => {
  const message = {
    httpPort: 4455,
    metricSpecs: {
      counterSpecs: [
        { serviceId: "0xe49214fa20b35ba8", metricId: "0xdb722ec1bb1b5766", help: "a" },
      ],
      counterVectorSpecs: [
        { metricSpec: { serviceId: "11", metricId: "2", help: "b" }, labelNames: ["x", "y"] },
      ],
      gaugeSpecs: [{ serviceId: 11, metricId: 3, help: "c" }],
      gaugeVectorSpecs: [
        { metricSpec: { serviceId: 11, metricId: 4, help: "d" }, labelNames: ["x"] },
      ],
      histogramSpecs: [{ serviceId: 11, metricId: 5, help: "e", buckets: [1, 2] }],
      histogramVectorSpecs: [
        { metricSpec: { serviceId: 11, metricId: 6, help: "f", buckets: [3] }, labelNames: ["x"] },
      ],
    },
    healthChecks: {
      commandServerChanSize: 1,
      healthCheckSpecs: [
        { healthCheckID: "0xd6f28b4e91a05c37", runIntervalSeconds: 15, timeoutSeconds: 3 },
        { healthCheckID: 9 },
      ],
    },
  };
  const loaded = parseMetricSpecs({ text: JSON.stringify(message), file: "config.json" });
  expect(loaded.httpPort).toBe(4455);
  expect(loaded.healthChecks).toEqual([
    { id: 0xd6f28b4e91a05c37n, intervalMs: 15_000, timeoutMs: 3_000 },
    { id: 9n },
  ]);
  expect(
    loaded.specs.map((spec) => [
      spec.kind,
      spec.name,
      spec.help,
      spec.labels.map(({ key }) => key),
      spec.buckets,
    ]),
  ).toEqual([
    ["counter", "op_e49214fa20b35ba8_db722ec1bb1b5766", "a", [], undefined],
    ["counter", "op_b_2", "b", ["x", "y"], undefined],
    ["gauge", "op_b_3", "c", [], undefined],
    ["gauge", "op_b_4", "d", ["x"], undefined],
    ["histogram", "op_b_5", "e", [], [1, 2]],
    ["histogram", "op_b_6", "f", ["x"], [3]],
  ]);
});

it.each([
  ["", 4444],
  ["httpPort: 0", 4444],
  ["httpPort: 9090", 9090],
])("takes %j to mean port %i", (line, port) => {
  expect(parseMetricSpecs(`metrics: []\n${line}`).httpPort).toBe(port);
});

it("reads the settings of Taskmon itself, and has none where no file says any", async () => {
  const { settings } = await loadMetricSpecs([
    file("metrics.yaml", "metrics: [{ kind: counter, service: 1, id: 1, help: a, name: a.b }]"),
    file("settings.yaml", "settings: { enabled: false, metrics: { a.b: { enabled: false } } }"),
  ]);
  expect(settings).toEqual({ enabled: false, metrics: { "a.b": { enabled: false } } });
  expect(parseMetricSpecs("metrics: []").settings).toEqual({});
});

it("reports what is wrong with settings, each at its place", () => {
  expect(
    problemsOf(`settings:
  enable: true
  enabled: yes
  flushIntervalMs: 999
  flushTimeoutMs: 100.5
  logLevel: WARN
  metrics:
    9lives: { enabled: true }
    shop.orders: { enabled: 1 }
    shop.sales: {}
    shop.parcels: false
`),
  ).toEqual([
    'metrics.yaml:2:3: the key "enable" is unknown; known are enabled, flushIntervalMs, flushTimeoutMs, runtime, logLevel, metrics, services',
    'metrics.yaml:3:12: enabled must be true or false, got "yes"',
    "metrics.yaml:4:20: flushIntervalMs must be a whole number from 1000 to 86400000, got 999",
    "metrics.yaml:5:19: flushTimeoutMs must be a whole number from 100 to 600000, got 100.5",
    'metrics.yaml:6:13: logLevel must be one of all, verbose, debug, info, warn, error, none, got "WARN"',
    'metrics.yaml:8:5: the key "9lives" must be the name of a metric',
    "metrics.yaml:9:29: enabled must be true or false, got 1",
    'metrics.yaml:10:17: the key "enabled" is missing',
    "metrics.yaml:11:19: shop.parcels must be object, got false",
  ]);
  expect(problemsOf("settings:")).toEqual(["metrics.yaml:1:10: settings must be object, got null"]);
  const names = Array.from({ length: 2_001 }, (_, index) => `  m${index}: { enabled: true }`);
  expect(problemsOf(`settings:\n metrics:\n${names.join("\n")}`)).toEqual([
    "metrics.yaml:3:3: metrics must be an object of at most 2000 keys, got an object",
  ]);
});

it("refuses settings in two files of one set, and names both places", async () => {
  const one = file("one.yaml", "settings: {}");
  const two = file("two.yaml", "httpPort: 1\nsettings: {}");
  await expect(loadMetricSpecs([one, two])).rejects.toMatchObject({
    problems: [
      { file: two, line: 2, column: 1, message: expect.stringContaining(`${one}:1:1`) as string },
    ],
  });
});

it.each([
  "0xffffffffffffffff",
  '"0xffffffffffffffff"',
  "18446744073709551615",
  '"18446744073709551615"',
])("keeps all 64 bits of the id %s", (id) => {
  const { specs } = parseMetricSpecs(
    `metrics: [{ kind: counter, service: 0x8000000000000001, id: ${id}, help: a }]`,
  );
  expect(specs[0]).toMatchObject({
    id: 0xffff_ffff_ffff_ffffn,
    service: { id: 0x8000_0000_0000_0001n },
  });
});

it("keeps all 64 bits of an integer of a JSON file", () => {
  const { specs } = parseMetricSpecs({
    file: "a.json",
    text: '{"metrics":[{"kind":"counter","service":1,"id":16477688012158456743,"help":"a"}]}',
  });
  expect(specs[0]!.id).toBe(16477688012158456743n);
});

it("computes bounds by the rule that a file gives instead of a list", () => {
  const { specs } = parseMetricSpecs(`
metrics:
  - { kind: histogram, service: 1, id: 1, help: a, buckets: { fixedWidth: { width: 5, count: 3 } } }
  - { kind: histogram, service: 1, id: 2, help: a,
      buckets: { geometric: { growthFactor: 2, scale: 4, count: 2, lowerInclusive: false } } }
`);
  expect(specs.map((spec) => spec.buckets)).toEqual([
    [0, 5, 10, 15],
    [4, 8, 16],
  ]);
});

it("gives each metric by name, and by Meter and name where two services use one", () => {
  const { byName } = parseMetricSpecs(`
metrics:
  - { kind: counter, service: { id: 1, name: one }, id: 1, name: requests, help: a }
  - { kind: counter, service: { id: 2, name: two }, id: 1, name: requests, help: a }
  - { kind: counter, service: { id: 2, name: two }, id: 2, name: constructor, help: a }
`);
  expect(Object.keys(byName)).toEqual(["one/requests", "two/requests", "constructor"]);
  expect(byName["two/requests"]).toMatchObject({ service: { name: "two" } });
});

it("takes the same spec twice for one metric, across files too", async () => {
  const text = "metrics: [{ kind: counter, service: 1, id: 1, help: a }]";
  const { specs } = await loadMetricSpecs([file("a.yaml", text), file("b.json", asJson(text))]);
  expect(specs).toHaveLength(1);
});

it("resolves aliases, and shows a problem in an aliased part where that is written", () => {
  const text = `
metrics:
  - { kind: counter, service: &shop { id: 1, name: shop, nme: x }, id: 1, help: a }
  - { kind: gauge, service: *shop, id: 2, help: a }
`;
  expect(problemsOf(text)).toEqual([
    'metrics.yaml:3:58: the key "nme" is unknown; known are id, name',
  ]);
  const { specs } = parseMetricSpecs(text.replace(", nme: x", ""));
  expect(specs.map((spec) => spec.service.name)).toEqual(["shop", "shop"]);
});

it("reports all problems of a file at once, each at its place", () => {
  expect(
    problemsOf(`httpPort: 70000
metrics:
  - kind: counter
    service: 0
    id: 0x1
    help: ""
    unit: a b
    lables: [x]
    labels: [le, a.b, a_b]
  - kind: gage
    service: { id: 1 }
    id: -1
    help: x
  - kind: histogram
    service: 0xa
    id: 18446744073709551616
    help: x
    buckets: [1, 1, .inf, foo]
  - { kind: gauge, service: 0xa, id: 1, help: one, buckets: [1] }
  - 5
  - { kind: gauge, service: 0xa, id: 2, help: one, stateLabel: x }
metricSpecs:
  counterVectorSpecs:
    - metricSpec: { serviceId: 1, metricId: 0, help: a }
      labelNames: []
    - metricSpec: { serviceId: 1, metricId: 4, help: a }
      labelNames: [a, a]
healthChecks:
  healthCheckSpecs:
    - healthCheckID: 0
      runIntervalSeconds: 0
`),
  ).toEqual([
    "metrics.yaml:1:11: httpPort must be a port from 1 to 65535, or 0 for 4444, got 70000",
    "metrics.yaml:4:14: service must be a name that begins with a letter, an unsigned 64-bit id other than zero, or an object with name and id, got 0",
    expect.stringMatching(/^metrics\.yaml:6:11: help must .*, got "" \[help-required\]$/),
    expect.stringMatching(/^metrics\.yaml:7:11: unit must .*, got "a b" \[unit-legal\]$/),
    expect.stringMatching(/^metrics\.yaml:8:5: the key "lables" is unknown; known are kind, /),
    expect.stringMatching(/^metrics\.yaml:9:13: labels a\.b and a_b .* \[labels-distinct\]$/),
    expect.stringMatching(/^metrics\.yaml:9:13: label le is .* \[labels-not-reserved\]$/),
    expect.stringMatching(/^metrics\.yaml:10:11: kind must be one of counter, .*, got "gage"$/),
    'metrics.yaml:11:14: the key "name" is missing',
    "metrics.yaml:12:9: id must be an unsigned 64-bit id other than zero, as 0x text, decimal text or an integer, got -1",
    expect.stringMatching(
      /^metrics\.yaml:16:9: id must .*, got "18446744073709551616" \[ids-not-zero\]$/,
    ),
    expect.stringMatching(
      /^metrics\.yaml:18:18: buckets\[1\] must .*, got 1 again \[buckets-ordered\]$/,
    ),
    "metrics.yaml:18:21: buckets[2] must be number, got Infinity",
    'metrics.yaml:18:27: buckets[3] must be number, got "foo"',
    "metrics.yaml:19:5: buckets are for the kinds histogram and distribution; leave them out",
    "metrics.yaml:20:5: metrics[4] must be object, got 5",
    "metrics.yaml:21:5: stateLabel is for the kind state; leave it out",
    expect.stringMatching(/^metrics\.yaml:24:45: metricId must be an unsigned .*, got 0$/),
    "metrics.yaml:25:19: labelNames must be a list of at least one, got an array of 0",
    "metrics.yaml:27:19: label a is declared twice [labels-distinct]",
    expect.stringMatching(/^metrics\.yaml:30:22: healthCheckID must be an unsigned .*, got 0$/),
    "metrics.yaml:31:27: runIntervalSeconds must be at least 1, got 0",
  ]);
});

it("reports the problems of all files in one error with a code", async () => {
  const bad = file("bad.yaml", "metrics: [{ kind: counter }]");
  const json = file("broken.json", '{\n  "httpPort": }');
  const notText = file("bytes.yaml", Buffer.from([0x61, 0xff, 0xfe]));
  const error: unknown = await loadMetricSpecs([bad, json, notText, "/nowhere.yaml"]).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "SpecFileError", code: "ERR_TASKMON_SPEC_FILE" });
  const { problems, message } = error as SpecFileError;
  expect(
    problems.map(({ file: name, line, column, message: text }) => [name, line, column, text]),
  ).toEqual([
    [bad, 1, 11, 'the key "name" is missing'],
    [bad, 1, 11, 'the key "service" is missing'],
    [bad, 1, 11, 'the key "help" is missing'],
    [json, 2, 15, "not JSON: expected a value"],
    [notText, 1, 1, "the file is not UTF-8 text"],
    ["/nowhere.yaml", 1, 1, expect.stringContaining("ENOENT") as string],
  ]);
  for (const problem of problems) expect(message).toContain(formatProblem(problem));
});

it.each([
  ["a folder", "/tmp"],
  ["a device that never ends", "/dev/zero"],
  ["a pipe that no one writes to", pipe()],
])("refuses %s", async (_, path) => {
  await expect(loadMetricSpecs(path)).rejects.toThrow("is not a regular file");
});

it("reads no more of a file than it takes", async () => {
  const huge = file("huge.yaml", "");
  truncateSync(huge, 2 ** 40);
  await expect(loadMetricSpecs(huge)).rejects.toThrow("is longer than 524288 bytes");
  await expect(loadMetricSpecs(file("full.yaml", "#".repeat(524_288)))).rejects.toThrow("null");
});

it("refuses what contradicts another metric, and names both places", () => {
  expect(
    problemsOf(`
metrics:
  - { kind: gauge, service: { id: 1, name: one }, id: 1, name: a, help: a }
  - { kind: counter, service: { id: 1, name: one }, id: 1, name: b, help: a }
  - { kind: gauge, service: { id: 1, name: one }, id: 2, name: A, help: a }
  - { kind: gauge, service: { id: 1, name: uno }, id: 3, name: c, help: a }
healthChecks: { healthCheckSpecs: [{ healthCheckID: 5 }, { healthCheckID: 0x5 }] }
`),
  ).toEqual([
    expect.stringMatching(
      /^metrics\.yaml:4:5: counter b \(0x1\/0x1\) at metrics\.yaml:4:5 contradicts gauge a \(0x1\/0x1\) at metrics\.yaml:3:5, which is registered with the same ids$/,
    ),
    expect.stringMatching(/^metrics\.yaml:5:5: .* at metrics\.yaml:3:5, which has the same name$/),
    "metrics.yaml:6:5: the service has the name uno here, and one at metrics.yaml:3:5; it needs one name",
    "metrics.yaml:7:58: the health check already has settings at metrics.yaml:7:36",
  ]);
});

it("refuses two ports in one set of files", async () => {
  const one = file("one.yaml", "httpPort: 1111");
  const two = file("two.yaml", "# the second\nhttpPort: 2222");
  await expect(loadMetricSpecs([one, two])).rejects.toMatchObject({
    problems: [
      { file: two, line: 2, column: 11, message: expect.stringContaining(`${one}:1:11`) as string },
    ],
  });
});

it.each([
  ["an empty file", "", "metrics.yaml:1:1: the file must be object, got null"],
  [
    "a key that stands twice",
    "httpPort: 1\nhttpPort: 2",
    'metrics.yaml:2:1: the key "httpPort" stands here a second time',
  ],
  [
    "__proto__ as a key",
    "__proto__: { httpPort: 1 }",
    'metrics.yaml:1:1: the key "__proto__" is unknown; known are $schema, httpPort, metrics, metricSpecs, healthChecks, settings, monitors, guard',
  ],
  [
    "an alias of nothing",
    "metrics: *none",
    "metrics.yaml:1:10: no anchor &none stands before this alias",
  ],
  ["an alias of itself", "metrics: &a [*a]", "metrics.yaml:1:13: nested more than 32 levels deep"],
  ["a tag", "httpPort: !!binary aGk=", "metrics.yaml:1:11: tags are not read here"],
  [
    "two documents",
    "httpPort: 1\n---\nhttpPort: 2",
    "metrics.yaml:2:1: a second document begins here; a spec file holds one",
  ],
  [
    "text that YAML 1.1 takes for true",
    "%YAML 1.1\n---\nhttpPort: yes",
    'metrics.yaml:3:11: httpPort must be a port from 1 to 65535, or 0 for 4444, got "yes"',
  ],
])("refuses %s", (_, text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

it("refuses in a JSON file what only YAML allows", () => {
  for (const text of [
    "{httpPort: 1}",
    '{"httpPort": 1,}',
    "httpPort: 1",
    '{"httpPort": 1} # port',
  ]) {
    expect(problemsOf({ text, file: "a.json" })).toEqual([
      expect.stringMatching(/^a\.json:1:\d+: not JSON: /),
    ]);
    expect(problemsOf({ text, format: "yaml" })).toEqual([]);
  }
});

/** The value of a YAML text, as JSON. */
function asJson(text: string): string {
  return (
    text
      .replaceAll(/(\w+): /g, '"$1": ')
      .replaceAll(/: ([a-z]+)/g, ': "$1"')
      .replace('"metrics"', '{"metrics"') + "}"
  );
}

it("derives the ids that a file leaves out, and needs a name then", () => {
  const { specs } = parseMetricSpecs(`
metrics:
  - { kind: counter, service: shop, name: shop.orders, help: Orders. }
  - { kind: counter, service: { name: shop }, name: shop.returns, id: 7, help: Returns. }
`);
  expect(specs.map(({ service, id, derivedIds }) => [service.name, id, derivedIds])).toEqual([
    ["shop", derivedMetricId("shop", "shop.orders"), ["service", "id"]],
    ["shop", 7n, ["service"]],
  ]);
  const nameless = "metrics: [{ kind: counter, service: shop, id: 7, help: Orders. }]";
  expect(() => parseMetricSpecs(nameless)).toThrow("name must be a letter");
  const zero = "metrics: [{ kind: counter, service: shop, id: 0, name: a, help: Orders. }]";
  expect(() => parseMetricSpecs(zero)).toThrow("id must be");
  const wrong = "metrics: [{ kind: counter, service: 0xshop, name: a, help: Orders. }]";
  expect(() => parseMetricSpecs(wrong)).toThrow("service must be a name that begins with a letter");
});
