import { describe, expect, it } from "vitest";
import { knownMethods, serverRequestLabels } from "../../src/http/attributes.ts";

const known = knownMethods({});
const facts = {
  method: "GET",
  scheme: "http",
  protocolVersion: "1.1",
  status: 200,
  route: undefined,
  unfinished: undefined,
} as const;

describe("the labels of a server's request", () => {
  it("are those of the semantic conventions, and absent ones have no key", () => {
    expect(serverRequestLabels(facts, known)).toStrictEqual({
      "http.request.method": "GET",
      "url.scheme": "http",
      "network.protocol.version": "1.1",
      "http.response.status_code": 200,
    });
  });

  it("name the route", () => {
    expect(serverRequestLabels({ ...facts, route: "/users/:id" }, known)).toMatchObject({
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
    expect(serverRequestLabels({ ...facts, status }, known)["error.type"]).toBe(type);
  });

  it("say why a response was not finished, rather than its status", () => {
    const labels = serverRequestLabels(
      { ...facts, status: 500, unfinished: "server_aborted" },
      known,
    );
    expect(labels).toMatchObject({
      "http.response.status_code": 500,
      "error.type": "server_aborted",
    });
  });

  it("have no status where none was sent", () => {
    const labels = serverRequestLabels({ ...facts, status: undefined }, known);
    expect(labels).not.toHaveProperty(["http.response.status_code"]);
    expect(labels).not.toHaveProperty(["error.type"]);
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
    expect(serverRequestLabels({ ...facts, method }, known)["http.request.method"]).toBe(method);
  });

  it.each(["PROPFIND", "M-SEARCH", "get", "Get", "", "__proto__", "constructor"])(
    "%j is _OTHER",
    (method) => {
      expect(serverRequestLabels({ ...facts, method }, known)["http.request.method"]).toBe(
        "_OTHER",
      );
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
