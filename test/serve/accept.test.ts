import { describe, expect, it } from "vitest";
import { acceptedType, acceptsEncoding } from "../../src/serve/accept.ts";

describe("the media type that an Accept header asks for", () => {
  const offers = ["text/plain", "application/json"] as const;

  it.each([
    [undefined, undefined],
    ["", undefined],
    ["*/*", "text/plain"],
    ["application/json", "application/json"],
    ["text/*;q=0.5, application/json;q=0.4", "text/plain"],
    ["application/*, text/plain", "text/plain"],
    ["text/plain;q=0, */*", "application/json"],
    ["application/json;q=2", undefined],
    ["APPLICATION/JSON; Q=0.1", "application/json"],
    ["image/png", undefined],
  ])("%j → %j", (accept, type) => {
    expect(acceptedType(accept, offers)).toBe(type);
  });

  it("reads no more than the first kilobyte", () => {
    expect(acceptedType(`${"a/b,".repeat(250)}application/json`, offers)).toBeUndefined();
  });
});

it.each([
  [undefined, false],
  ["gzip", true],
  ["br, gzip;q=0.1", true],
  ["gzip;q=0", false],
  ["*", true],
  ["*;q=1, gzip;q=0", false],
  ["identity", false],
])("knows whether Accept-Encoding %j takes gzip", (header, takes) => {
  expect(acceptsEncoding(header, "gzip")).toBe(takes);
});
