import fc from "fast-check";
import { expect, it } from "vitest";
import { bodyOf, raw, rig } from "../guard/rig.ts";

const RUNS = Number(process.env["TASKMON_GUARD_RUNS"] ?? 150);

const names = [
  ...["Content-Length", "Transfer-Encoding", "Connection", "Host", "Expect", "TE", "Upgrade"],
  ...[
    "X-One",
    "x-one",
    "Cookie",
    "Via",
    "X-Forwarded-For",
    "Trailer",
    "Content-Length ",
    "__proto__",
  ],
];
const values = [
  ...[
    "0",
    "5",
    "05",
    "+5",
    "5, 5",
    "-1",
    "chunked",
    "Chunked",
    "gzip, chunked",
    "chunked, chunked",
  ],
  ...["identity", "close", "keep-alive", "X-One", "Content-Length, close", "Transfer-Encoding"],
  ...["100-continue", "h2c", "websocket", "wiki.example", "a b", "", "\t", "é", "a\u0000b"],
];
const bodies = [
  "",
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "5\r\nhel",
  "0\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: x\r\nX-Run: RUN\r\n\r\n",
];

const message = fc.record({
  method: fc.constantFrom(
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PURGE",
    "TRACE",
    "BREW",
  ),
  target: fc.constantFrom(
    "/",
    "/a?b",
    "*",
    "http://wiki.example/x",
    "a",
    "//x",
    "/%zz",
    "/é",
    "/a b",
  ),
  version: fc.constantFrom("1.1", "1.1", "1.0"),
  host: fc.boolean(),
  headers: fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), {
    maxLength: 4,
  }),
  body: fc.constantFrom(...bodies),
});

it("hands any request through as it was understood, or answers it with a clear status", async () => {
  const seen: { line: string; body: string; headers: string[] }[] = [];
  let run = 0;
  await using wiki = await rig({
    // A lenient parser would be another one than the guard's; this is the same, and finds what the guard makes.
    upstream: async (request, response) => {
      const entry = {
        line: `${request.method} ${request.url}`,
        body: "",
        headers: request.rawHeaders,
      };
      // What an earlier client sent may come after that client has left.
      const { "x-run": of = `${run}` } = request.headers;
      if (of === `${run}`) seen.push(entry);
      // Its client may leave in the middle.
      const body = await bodyOf(request).catch(() => undefined);
      if (body === undefined) return;
      entry.body = body;
      response.end("passed");
    },
  });
  await fc.assert(
    fc.asyncProperty(message, async ({ method, target, version, host, headers, body }) => {
      seen.length = 0;
      run++;
      const lines = [
        `${method} ${target} HTTP/${version}`,
        `X-Run: ${run}`,
        ...(host ? ["Host: wiki.example"] : []),
        ...headers.map(([name, value]) => `${name}: ${value}`),
      ];
      const text = `${lines.join("\r\n")}\r\n\r\n${body.replace("RUN", `${run}`)}`;
      const answer = await raw(wiki.port, text, true);
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
        Number(status),
      );
      const finals = statuses.filter((status) => status >= 200);
      // Each request that the service saw is one that the guard's own parser saw and answered, or whose
      // client hung up before its body was there.
      expect(finals.filter((status) => status === 200).length).toBeLessThanOrEqual(seen.length);
      for (const { line, headers: got } of seen) {
        const keys = got.filter((_, at) => at % 2 === 0).map((key) => key.toLowerCase());
        const has = (key: string): number => keys.filter((name) => name === key).length;
        expect(has("content-length") + has("transfer-encoding")).toBeLessThanOrEqual(1);
        expect(has("host")).toBe(1);
        expect(has("te") + has("keep-alive")).toBe(0);
        if (!line.includes("smuggled")) continue;
        // Only where the message ahead of it has no body by anyone's reading: then it is a request of its own.
        const framing = headers.some(
          ([name, value]) =>
            name === "Content-Length" && /^0*[1-9]/.test(value) && !value.includes(","),
        );
        expect(framing).toBe(false);
        expect(headers.some(([name, value]) => name === "Transfer-Encoding" && value !== "")).toBe(
          false,
        );
      }
      for (const status of finals) expect([200, 400, 417, 426, 501, 502, 503]).toContain(status);
      if (seen.length === 1 && finals[0] === 200 && body === "hello") {
        const length = headers.find(([name]) => name === "Content-Length")?.[1];
        expect(seen[0]!.body).toBe(length === "5" || length === "05" ? "hello" : "");
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 60_000);

it("refuses a request that two parsers would read in two ways", async () => {
  const seen: string[] = [];
  await using wiki = await rig({
    upstream: (request, response) => void (seen.push(request.url!), response.end()),
  });
  const refusals = [
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x/y\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
  ];
  const statuses: string[] = [];
  for (const text of refusals) statuses.push((await raw(wiki.port, text)).slice(9, 12));
  expect(statuses).toEqual(["400", "501", "400", "400", "400", "400"]);
  expect(seen).toEqual([]);
});
