import { expect, it } from "vitest";
import { measuredFetch, withUrlTemplate } from "../../../src/http/index.ts";
import { webErrorType } from "../../../src/http/wrap/error-type.ts";
import { fetchMeter, meteredFetch } from "../../../src/http/wrap/measured-fetch.ts";
import { measuring } from "./registry.ts";

const DURATION = "http.client.request.duration";
const labels = {
  ...{ "http.request.method": "POST", "server.address": "shop.test", "server.port": 443 },
  "http.response.status_code": 201,
};

it("records a request with its address, template, status and sizes, and gives the response as it is", async () => {
  const { taskmon, exported } = measuring();
  const response = new Response("hello", { status: 201, headers: { "content-length": "5" } });
  const fetch = meteredFetch(fetchMeter(taskmon, undefined), async () => response);
  const asked = withUrlTemplate("/orders/{id}", async () =>
    fetch("https://shop.test/orders/7", { method: "post", body: "äb" }),
  );
  expect(await exported("http.client.active_requests")).toMatchObject([{ value: 1 }]);
  expect(await asked).toBe(response);
  const all = { ...labels, "url.template": "/orders/{id}" };
  expect(await exported(DURATION)).toEqual([{ ...all, count: 1 }]);
  expect(await exported("http.client.request.body.size")).toEqual([{ ...all, count: 1, value: 3 }]);
  expect(await exported("http.client.response.body.size")).toEqual([
    { ...all, count: 1, value: 5 },
  ]);
  expect(await exported("http.client.active_requests")).toMatchObject([{ value: 0 }]);
});

it("records why there is no response, and passes the error on", async () => {
  const { taskmon, exported } = measuring();
  const refused = Object.assign(new TypeError("Unable to connect"), { code: "ECONNREFUSED" });
  const fetch = meteredFetch(fetchMeter(taskmon, undefined), () => Promise.reject(refused));
  await expect(fetch(new Request("http://shop.test:8080/"))).rejects.toBe(refused);
  expect(await exported(DURATION)).toEqual([
    {
      ...{ "http.request.method": "GET", "server.address": "shop.test", "server.port": 8080 },
      ...{ "error.type": "connection_refused", count: 1 },
    },
  ]);
});

it("leaves alone what is ignored, what is no HTTP, and what fetch has besides", async () => {
  const { taskmon, exported } = measuring();
  const plain = Object.assign(async () => new Response(), { preconnect: () => "preconnected" });
  const options = { ignore: ({ path }: { path: string }) => path === "/livez" };
  const fetch = meteredFetch(fetchMeter(taskmon, options), plain) as typeof plain &
    typeof globalThis.fetch;
  for (const url of ["http://shop.test/livez", "data:,x", "/relative"]) await fetch(url);
  expect(await exported(DURATION)).toEqual([]);
  expect(fetch.preconnect()).toBe("preconnected");
});

it("is fetch itself on Node.js, and refuses wrong options there", () => {
  const { taskmon } = measuring();
  expect(measuredFetch(taskmon)).toBe(globalThis.fetch);
  expect(() => measuredFetch(taskmon, "fetch" as never)).toThrow("fetch");
  expect(() => measuredFetch(taskmon, undefined, { maxHosts: 0 })).toThrow(
    "measuredFetch.maxHosts",
  );
});

it.each([
  ["connection_refused", "ECONNREFUSED", "Unable to connect"],
  ["host_not_found", "ENOTFOUND", "getaddrinfo ENOTFOUND no-such-host.invalid"],
  ["server_disconnected", "ECONNRESET", "The socket connection was closed unexpectedly"],
  ["tls_failed", "EPROTO", "The TLS handshake failed"],
  [
    "connection_refused",
    undefined,
    "client error (Connect): tcp connect error: Connection refused",
  ],
  ["host_not_found", undefined, "client error (Connect): dns error: failed to lookup address"],
  [
    "server_disconnected",
    undefined,
    "client error (SendRequest): connection closed before message",
  ],
  ["invalid_response", undefined, "client error (SendRequest): invalid HTTP version parsed"],
  ["tls_failed", undefined, "client error (Connect): invalid peer certificate: UnknownIssuer"],
  ["_OTHER", undefined, "something else"],
])("calls it %s where Bun's code is %s, and the cause in Deno %s", (type, code, said) => {
  const error =
    code === undefined
      ? new TypeError("fetch failed", { cause: new Error(said) })
      : Object.assign(new TypeError(said), { code });
  expect(webErrorType(error)).toBe(type);
});

it("calls what the program gave up aborted, and its time limit timeout", () => {
  expect(webErrorType(new DOMException("aborted", "AbortError"))).toBe("aborted");
  expect(webErrorType(new DOMException("late", "TimeoutError"))).toBe("timeout");
  expect(webErrorType("mine")).toBe("aborted");
});
