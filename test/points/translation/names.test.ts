import { describe, expect, it } from "vitest";
import { escapeName } from "../../../src/points/translation/escape-name.ts";
import { labelName, labelValue } from "../../../src/points/translation/label-name.ts";
import { familyName, TRANSLATION_STRATEGIES } from "../../../src/points/translation/metric-name.ts";
import { unitWords } from "../../../src/points/translation/unit-words.ts";

describe("unitWords", () => {
  it.each([
    ["s", "seconds"],
    ["By", "bytes"],
    ["GiBy", "gibibytes"],
    ["Cel", "celsius"],
    ["%", "percent"],
    ["m/s", "meters_per_second"],
    ["By/m", "bytes_per_minute"],
    ["{request}/s", "per_second"],
    ["{order}", ""],
    ["1", ""],
    ["", ""],
    [undefined, ""],
    ["By{sent}", "bytes"],
    ["kW.h", "kW_h"],
    ["[degF]", "degF"],
    ["constructor", "constructor"],
  ])("calls %j %j", (unit, words) => {
    expect(unitWords(unit)).toBe(words);
  });
});

describe("familyName", () => {
  const metric = { name: "http.client.sent", unit: "By", isCounter: true };
  it.each([
    ["UnderscoreEscapingWithSuffixes", "http_client_sent_bytes_total"],
    ["UnderscoreEscapingWithoutSuffixes", "http_client_sent"],
    ["NoUTF8EscapingWithSuffixes", "http.client.sent_bytes_total"],
    ["NoTranslation", "http.client.sent"],
  ] as const)("follows the strategy %s", (strategy, name) => {
    expect(familyName(metric, { strategy }).name).toBe(name);
    expect(TRANSLATION_STRATEGIES).toContain(strategy);
  });

  it.each([
    ["http.server.request.duration", "s", false, "http_server_request_duration_seconds", "seconds"],
    ["memory_bytes", "By", false, "memory_bytes", "bytes"],
    ["megabytes", "By", false, "megabytes_bytes", "bytes"],
    ["bytes", "By", false, "bytes", "bytes"],
    ["a.total", "1", true, "a_total", ""],
    ["sent.bytes.total", "By", true, "sent_bytes_total", "bytes"],
    ["sent.total", "By", true, "sent_bytes_total", "bytes"],
    ["subtotal", "1", true, "subtotal_total", ""],
    ["total", "1", true, "total_total", ""],
    ["a..b-/c", "1", false, "a_b_c", ""],
    ["a__b", "1", false, "a_b", ""],
    ["ünits", "1", false, "_nits", ""],
    ["1st", "1", false, "_1st", ""],
    ["rule:of", "1", false, "rule:of", ""],
  ])("names %s of unit %s, counter %s: %s", (name, unit, isCounter, expected, words) => {
    const family = familyName({ name, unit, isCounter });
    expect(family.name).toBe(expected);
    expect(family.unit).toBe(words);
    expect(family.base).toBe(isCounter ? expected.slice(0, -"_total".length) : expected);
  });

  it("leaves the unit out where that is asked, as OpenTelemetry's exporter does", () => {
    expect(familyName(metric, { unitSuffixes: false })).toEqual({
      name: "http_client_sent_total",
      base: "http_client_sent",
      unit: "",
    });
  });

  it("leaves a name of the original as it is", () => {
    const name = "op_e49214fa20b35ba8_1";
    expect(familyName({ name, unit: "s", isCounter: true, isVerbatim: true })).toEqual({
      name,
      base: name,
      unit: "",
    });
  });
});

describe("labels", () => {
  it.each([
    ["http.route", "http_route"],
    ["a..b__c", "a_b_c"],
    ["1st", "key_1st"],
    ["", "_"],
    ["__name__", "_name_"],
    ["naïve", "na_ve"],
  ])("calls %j %j", (key, name) => {
    expect(labelName(key)).toBe(name);
  });

  it.each([
    ["text", "text"],
    ["a\uD800b", "a\uFFFDb"],
    [1, "1"],
    [true, "true"],
    [["a", 1], '["a",1]'],
    [undefined, ""],
  ])("writes the value %o as %o", (value, text) => {
    expect(labelValue(value)).toBe(text);
  });
});

it("writes a value that JSON does not know as text", () => {
  expect(labelValue(10n)).toBe("10");
});

// The expectations are those of prometheus/common's own test, model/metric_test.go.
describe("escapeName", () => {
  it.each([
    [
      "no:escaping_required",
      "no:escaping_required",
      "no:escaping__required",
      "no:escaping_required",
    ],
    [
      "mysystem.prod.west.cpu.load",
      "mysystem_prod_west_cpu_load",
      "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
      "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
    ],
    [
      "mysystem.prod.west.cpu.load_total",
      "mysystem_prod_west_cpu_load_total",
      "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
      "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
    ],
    ["花火", "__", "____", "U___82b1__706b_"],
    ["1a", "_a", "__a", "U___31_a"],
  ])("writes %s as prometheus/common does", (name, underscores, dots, values) => {
    expect(escapeName(name, "underscores")).toBe(underscores);
    expect(escapeName(name, "dots")).toBe(dots);
    expect(escapeName(name, "values")).toBe(values);
    expect(escapeName(name, "allow-utf-8")).toBe(name);
  });
});
