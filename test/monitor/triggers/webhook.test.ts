import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { TriggerError, webhookTrigger } from "../../../src/monitor/index.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { stage } from "./harness.ts";

interface Heard {
  readonly method: string | undefined;
  readonly type: string | undefined;
  readonly key: unknown;
  readonly body: string;
}

async function server(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.end("thanks"),
): Promise<{ readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const http = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, headers } = request;
      heard.push({ method, type: headers["content-type"], key: headers["x-key"], body });
      answer(request, response);
    });
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    http.closeAllConnections();
    http.close();
    await once(http, "close");
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/wake`, heard };
}

it("says why, as JSON", async () => {
  const { url, heard } = await server();
  await stage().fire(webhookTrigger({ url }));
  const body = '{"service":"wiki","slot":"onDown"}';
  expect(heard).toEqual([{ method: "POST", type: "application/json", key: undefined, body }]);
});

it("sends what it is told to", async () => {
  const { url, heard } = await server();
  const headers = { "x-key": "secret", "content-type": "text/csv" };
  await stage().fire(webhookTrigger({ url, method: "put", headers, body: "a,b" }));
  await stage().fire(webhookTrigger({ url, body: { start: true } }));
  await stage().fire(webhookTrigger({ url, body: ({ slot }: { slot: string }) => slot }));
  await stage().fire(webhookTrigger({ url, method: "GET" }));
  expect(heard.map(({ method, type, key, body }) => [method, type, key, body])).toEqual([
    ["PUT", "text/csv", "secret", "a,b"],
    ["POST", "application/json", undefined, '{"start":true}'],
    ["POST", "text/plain; charset=utf-8", undefined, "onDown"],
    ["GET", undefined, undefined, ""],
  ]);
});

it("fails where the answer is none of success", async () => {
  const { url } = await server((_, response) => response.writeHead(500).end());
  const { host } = new URL(url);
  await expect(stage().fire(webhookTrigger({ url }))).rejects.toThrow(
    `${host} answered POST with 500`,
  );
});

it("says why nobody was reached", async () => {
  const fired = stage().fire(webhookTrigger({ url: "http://user:hunter2@127.0.0.1:1/wake" }));
  await expect(fired).rejects.toThrow(TriggerError);
  const { url } = await server((request) => request.socket.destroy());
  await expect(stage().fire(webhookTrigger({ url }))).rejects.toThrow(
    "could not be reached: other side",
  );
});

it("fails where nobody answers in time", async () => {
  const { url } = await server(() => undefined);
  const context = { ...stage().context, clock: systemClock() };
  const fired = Promise.resolve(webhookTrigger({ url, timeoutMs: 50 }).trigger(context));
  await expect(fired).rejects.toThrow("took longer than 50 ms");
});

it.each([
  [{ url: "ftp://x" }, "webhook.url", "ftp"],
  [{ url: "http://x", method: "GET", body: "x" }, "webhook.body", "x"],
  [{ url: "http://x", headers: { "a b": "secret" } }, "webhook.headers", "not shown"],
])("refuses %j", (options, option, shown) => {
  expect(() => webhookTrigger(options)).toThrow(
    expect.objectContaining({ option, message: expect.stringContaining(shown) }),
  );
});
