import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { negotiate } from "../../src/prometheus/negotiation/negotiate.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const OPENMETRICS = "application/openmetrics-text";

describe("negotiate", () => {
  it.each([
    ["nothing", undefined, TEXT],
    ["an empty header", "", TEXT],
    ["curl", "*/*", TEXT],
    ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT],
    ["something else", "application/json", TEXT],
    ["text of no version", "text/plain", TEXT],
    ["text/*", "text/*", TEXT],
    ["a version that there is not", "text/plain;version=2.0.0", TEXT],
    [
      "text 1.0.0",
      "text/plain;version=1.0.0",
      "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
    ],
    ["OpenMetrics of no version", OPENMETRICS, `${OPENMETRICS}; version=0.0.1; charset=utf-8`],
    [
      "OpenMetrics 1.0.0",
      `${OPENMETRICS};version=1.0.0`,
      `${OPENMETRICS}; version=1.0.0; charset=utf-8; escaping=underscores`,
    ],
    ["OpenMetrics 2.0.0, then text", `${OPENMETRICS};version=2.0.0,text/plain;q=0.5`, TEXT],
    [
      "protobuf of another message",
      "application/vnd.google.protobuf;proto=x;encoding=delimited",
      TEXT,
    ],
    [
      "protobuf as text",
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
      TEXT,
    ],
    ["a refused format", `${OPENMETRICS};q=0,text/plain;q=0.1`, TEXT],
    [
      "upper case and blanks",
      " Application/OpenMetrics-Text ; Version=0.0.1 ",
      `${OPENMETRICS}; version=0.0.1; charset=utf-8`,
    ],
    [
      "a quoted version",
      `${OPENMETRICS};version="1.0.0"`,
      `${OPENMETRICS}; version=1.0.0; charset=utf-8; escaping=underscores`,
    ],
  ])("answers %s", (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType);
  });

  it("answers Prometheus 2.42 with native histograms in protobuf", () => {
    const accept =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    expect(negotiate(accept).contentType).toBe(`${PROTOBUF}; escaping=underscores`);
  });

  it("answers Prometheus 3 as it asks by default", () => {
    const accept =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1";
    expect(negotiate(accept)).toMatchObject({
      syntax: "openmetrics",
      version: "1.0.0",
      escaping: "allow-utf-8",
      contentType: `${OPENMETRICS}; version=1.0.0; charset=utf-8; escaping=allow-utf-8`,
    });
  });

  it("takes the weightiest, and the first of equals", () => {
    expect(negotiate(`text/plain;q=0.3,${OPENMETRICS};q=0.4`).syntax).toBe("openmetrics");
    expect(negotiate(`text/plain,${OPENMETRICS}`).syntax).toBe("text");
    expect(negotiate(`${OPENMETRICS},text/plain`).syntax).toBe("openmetrics");
  });

  it.each([
    ["dots", "dots"],
    ["values", "values"],
    ["underscores", "underscores"],
    ["allow-utf-8", "allow-utf-8"],
    ["else", "underscores"],
  ])("writes names as escaping=%s asks", (asked, escaping) => {
    expect(negotiate(`text/plain;version=1.0.0;escaping=${asked}`).escaping).toBe(escaping);
  });

  it("has no UTF-8 names in the versions that do not know them", () => {
    expect(negotiate("text/plain;version=0.0.4;escaping=allow-utf-8").escaping).toBe("underscores");
    expect(negotiate("text/plain;version=0.0.4;escaping=dots").contentType).toBe(
      `${TEXT}; escaping=dots`,
    );
  });

  it("answers a header of 64 kB at once", () => {
    expect(negotiate("a/b;q=0.1,".repeat(6_500)).contentType).toBe(TEXT);
    expect(negotiate(`text/plain;version=1.0.0,${"x".repeat(64_000)}`).version).toBe("1.0.0");
  });

  it("takes any header", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom(...Array.from('text/plain;,=q.0*" ')) }),
        ),
        (accept) => {
          expect(["text", "openmetrics", "protobuf"]).toContain(negotiate(accept).syntax);
        },
      ),
    );
  });
});
