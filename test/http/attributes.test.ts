import { describe, expect, it } from "vitest";
import {
  errorType,
  knownMethods,
  methodLabel,
  protocolVersion,
  serverRequestLabels,
} from "../../src/http/attributes.ts";
import { serverRequestDuration } from "../../src/http/metrics.ts";

const known = knownMethods({});
const facts = {
  method: "GET",
  scheme: "http",
  protocolVersion: "1.1",
  status: 200,
  route: undefined,
  unfinished: undefined,
  synthetic: undefined,
} as const;

describe("the labels of a server's request", () => {
  it("are those of the semantic conventions", () => {
    expect(serverRequestLabels(facts)).toEqual({
      "http.request.method": "GET",
      "url.scheme": "http",
      "network.protocol.version": "1.1",
      "http.response.status_code": 200,
    });
  });

  it("have the order of the spec, which is the fast way to the series", () => {
    const keys = serverRequestDuration.labels.map(({ key }) => key);
    expect(Object.keys(serverRequestLabels(facts))).toEqual(keys);
  });

  it("name the route", () => {
    expect(serverRequestLabels({ ...facts, route: "/users/:id" })).toMatchObject({
      "http.route": "/users/:id",
    });
  });

  it.each([
    [200, undefined],
    [304, undefined],
    [404, undefined],
    [499, undefined],
    [500, "500"],
    [503, "503"],
  ])("for status %i have the error.type %s", (status, type) => {
    expect(serverRequestLabels({ ...facts, status })["error.type"]).toBe(type);
  });

  it("say why a response was not finished, rather than its status", () => {
    const labels = serverRequestLabels({ ...facts, status: 500, unfinished: "server_aborted" });
    expect(labels).toMatchObject({
      "http.response.status_code": 500,
      "error.type": "server_aborted",
    });
  });

  it("have no status where none was sent", () => {
    const labels = serverRequestLabels({ ...facts, status: undefined });
    expect(labels["http.response.status_code"]).toBeUndefined();
    expect(labels["error.type"]).toBeUndefined();
  });
});

describe("the method", () => {
  it.each([
    "CONNECT",
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
    "QUERY",
    "TRACE",
  ])("%s is known", (method) => {
    expect(methodLabel(method, known)).toBe(method);
  });

  it.each(["PROPFIND", "M-SEARCH", "get", "Get", "", "__proto__", "constructor"])(
    "%j is _OTHER",
    (method) => {
      expect(methodLabel(method, known)).toBe("_OTHER");
    },
  );

  it("is known where the environment's list has it, which replaces ours", () => {
    const own = knownMethods({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: " PROPFIND,get ,," });
    expect([...own]).toEqual(["PROPFIND", "get"]);
  });

  it.each(["", "  ", ",", " , "])(
    "keeps the conventions' list where the environment's is %j",
    (text) => {
      expect(knownMethods({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: text })).toEqual(known);
    },
  );
});

describe("the protocol version", () => {
  it.each([
    ["1.1", "1.1"],
    ["1.0", "1.0"],
    ["2.0", "2"],
    ["9.9", undefined],
    [undefined, undefined],
  ])("%s is %s", (version, label) => {
    expect(protocolVersion(version)).toBe(label);
  });
});

describe("the error type", () => {
  it("of a client's request begins at status 400", () => {
    expect(errorType(undefined, 404, 400)).toBe("404");
    expect(errorType(undefined, 399, 400)).toBeUndefined();
  });
});
