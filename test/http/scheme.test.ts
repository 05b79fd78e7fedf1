import { describe, expect, it } from "vitest";
import { forwardedScheme } from "../../src/http/server/scheme.ts";
import { measure, RawClient, serve } from "./harness.ts";

describe("the scheme that a proxy tells", () => {
  it.each([
    [{ "x-forwarded-proto": "https" }, "https"],
    [{ "x-forwarded-proto": " HTTPS , http" }, "https"],
    [{ "x-forwarded-proto": ["http", "https"] }, "http"],
    [{ forwarded: "for=1.2.3.4;proto=https;by=5.6.7.8, for=9.9.9.9;proto=http" }, "https"],
    [{ forwarded: 'Proto="http"' }, "http"],
    [{ forwarded: "for=1.2.3.4", "x-forwarded-proto": "https" }, "https"],
    [{ "x-forwarded-proto": "gopher" }, undefined],
    [{ "x-forwarded-proto": "" }, undefined],
    [{ forwarded: "xproto=https" }, undefined],
    [{}, undefined],
  ])("in %j is %s", (headers, scheme) => {
    expect(forwardedScheme(headers as never)).toBe(scheme);
  });
});

it.each([
  [false, "http"],
  [true, "https"],
])("is the label where trustForwarded is %s: %s", async (trustForwarded, scheme) => {
  const { counted } = measure({ server: { trustForwarded } });
  const { port } = await serve((_request, response) => response.end("fine"));
  const client = new RawClient(port);
  client.send("GET / HTTP/1.1", "Host: t", "X-Forwarded-Proto: https", "", "");
  await client.receives("fine");
  expect(await counted(1)).toMatchObject([{ "url.scheme": scheme }]);
});
