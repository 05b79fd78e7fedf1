import { serve as serveHono } from "@hono/node-server";
import type { Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { stream as streamed } from "hono/streaming";
import { describe, expect, it } from "vitest";
import { flushFetch, type NodeResponse } from "../../../src/flush/index.ts";
import { afterTest, RawClient, serve, turns } from "../../http/harness.ts";
import { type HeldTarget, heldTarget } from "./harness.ts";

const request = (method = "GET"): Request => new Request("http://t/", { method });

/** Whether `promise` settles within some turns of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const state = await Promise.race([
    promise.then(
      () => "settled",
      () => "settled",
    ),
    turns(5).then(() => "pending"),
  ]);
  return state === "pending";
}

function sourceOf(parts: readonly string[]): {
  body: ReadableStream<Uint8Array>;
  pulls: number;
  cancelled?: unknown;
} {
  const rest = [...parts];
  const source: ReturnType<typeof sourceOf> = {
    pulls: 0,
    body: new ReadableStream(
      {
        pull(controller) {
          source.pulls++;
          const part = rest.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(part));
        },
        cancel: (reason) => void (source.cancelled = reason),
      },
      { highWaterMark: 0 },
    ),
  };
  return source;
}

describe("a handler of web requests whose server is not known", () => {
  it("returns the handler's response itself where no flush is due", async () => {
    const target = heldTarget({ isDue: false });
    const response = new Response("all");
    const promised = Promise.resolve(response);
    expect(flushFetch(target, () => response)(request())).toBe(response);
    expect(await flushFetch(target, () => promised)(request())).toBe(response);
    expect(target.limits).toEqual([]);
  });

  it.each([
    ["without a body", () => new Response(null, { status: 204 }), "GET"],
    ["to HEAD", () => new Response("not read"), "HEAD"],
    ["that redirects", () => Response.redirect("http://t/other", 307), "GET"],
  ])("returns the same response after the flush: one %s", async (_, respond, method) => {
    const target = heldTarget();
    const response = respond();
    const answered = Promise.resolve(flushFetch(target, () => response)(request(method)));
    expect(await isPending(answered)).toBe(true);
    expect(target.begun).toBe(1);
    target.release();
    expect(await answered).toBe(response);
  });

  it("ends the body after the flush; all else is the same, and at once", async () => {
    const target = heldTarget();
    const headers = new Headers({ "content-type": "text/csv", "x-one": "1" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    const source = sourceOf(["one", "two"]);
    const handler = flushFetch(
      target,
      () => new Response(source.body, { status: 203, statusText: "Perhaps", headers }),
    );
    const response = await handler(request());
    expect([response.status, response.statusText]).toEqual([203, "Perhaps"]);
    expect([...response.headers]).toEqual([...headers]);
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    expect(source.pulls).toBe(0);

    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("one");
    expect(source.pulls).toBe(1);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("two");
    expect(target.begun).toBe(0);
    const end = reader.read();
    expect(await isPending(end)).toBe(true);
    expect(target.begun).toBe(1);
    target.release();
    expect((await end).done).toBe(true);
  });

  it("delivers the last bytes of a declared length after the flush", async () => {
    const target = heldTarget();
    const { body } = sourceOf(["hel", "lo"]);
    const handler = flushFetch(
      target,
      () => new Response(body, { headers: { "content-length": "5" } }),
    );
    const reader = (await handler(request())).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("hel");
    const last = reader.read();
    expect(await isPending(last)).toBe(true);
    expect(target.begun).toBe(1);
    target.release();
    expect(new TextDecoder().decode((await last).value)).toBe("lo");
    expect((await reader.read()).done).toBe(true);
    expect(target.limits).toHaveLength(2);
    expect(target.begun).toBe(1);
  });

  it("is read whole by who reads it whole", async () => {
    const target = heldTarget();
    const handler = flushFetch(target, async () => Response.json({ a: 1 }));
    const response = await handler(request());
    expect(response.headers.get("content-type")).toBe("application/json");
    const text = response.json();
    expect(await isPending(text)).toBe(true);
    target.release();
    expect(await text).toEqual({ a: 1 });
  });

  it("passes the reader's cancel to the body, and flushes nothing for it", async () => {
    const target = heldTarget();
    const source = sourceOf(["one", "two"]);
    const response = await flushFetch(target, () => new Response(source.body))(request());
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel("enough");
    expect(source.cancelled).toBe("enough");
    expect(target.limits).toEqual([]);
  });

  it("passes the body's failure to the reader, and flushes nothing for it", async () => {
    const target = heldTarget();
    const error = new Error("of the body");
    const body = new ReadableStream({ pull: () => Promise.reject(error) });
    const response = await flushFetch(target, () => new Response(body))(request());
    await expect(response.text()).rejects.toThrow(error);
    expect(target.limits).toEqual([]);
  });

  it("passes what its handler throws or rejects with, and flushes nothing for it", async () => {
    const target = heldTarget();
    const error = new Error("of the handler");
    const throwing = flushFetch(target, () => {
      throw error;
    });
    expect(() => throwing(request())).toThrow(error);
    await expect(flushFetch(target, () => Promise.reject(error))(request())).rejects.toBe(error);
    expect(target.limits).toEqual([]);
  });

  it("leaves alone a response whose body somebody reads already", async () => {
    const target = heldTarget();
    const response = new Response("taken");
    response.body!.getReader();
    expect(await flushFetch(target, () => response)(request())).toBe(response);
  });

  it("hands on `this` and every argument", () => {
    const target = heldTarget({ isDue: false });
    const seen: unknown[] = [];
    const handler = flushFetch(
      target,
      function (this: unknown, ...args: [Request, string, number]) {
        seen.push(this, ...args.slice(1));
        return new Response();
      },
    );
    const worker = { fetch: handler };
    void worker.fetch(request(), "env", 7);
    expect(seen).toEqual([worker, "env", 7]);
  });
});

describe("a handler of web requests on @hono/node-server", () => {
  const text = "a text that is longer than nothing";

  /** Hono's answers, each with what its client has during the flush. */
  const paths: Record<string, RegExp> = {
    "/text": /^$/,
    "/json": /^$/,
    "/empty": /^$/,
    "/stream": /one[^]*two\r\n$/,
    "/fetched": /^$|\r\n\r\n/,
  };

  async function app(target: HeldTarget | undefined): Promise<number> {
    const hono = new Hono();
    hono.get("/text", (context) => context.text(text));
    hono.get("/json", (context) => context.json({ text }));
    hono.get("/empty", (context) => context.body(null, 204));
    hono.get("/stream", (context) =>
      streamed(context, async (out) => {
        await out.write("one");
        await out.sleep(20);
        await out.write("two");
        await out.sleep(20);
      }),
    );
    hono.get(
      "/fetched",
      () =>
        new Response(new Blob([text]).stream(), {
          headers: { "content-length": String(text.length) },
        }),
    );
    const server = serveHono({
      fetch: target === undefined ? hono.fetch : flushFetch(target, hono.fetch),
      port: 0,
      hostname: "127.0.0.1",
    }) as Server;
    if (!server.listening) await once(server, "listening");
    afterTest(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  async function bytes(
    port: number,
    path: string,
    meanwhile: (client: RawClient) => Promise<void>,
  ): Promise<string> {
    const client = new RawClient(port);
    client.send(`GET ${path} HTTP/1.1`, "host: t", "connection: close", "", "");
    await meanwhile(client);
    await client.closed();
    return client.received.replaceAll(/date: [^\r]+/gi, "date: d");
  }

  it.each(Object.entries(paths))(
    "sends the same bytes, the last ones after the flush: %s",
    async (path, before) => {
      const bare = await bytes(await app(undefined), path, async () => undefined);
      const target = heldTarget();
      const held = await bytes(await app(target), path, async (client) => {
        await expect.poll(() => target.begun).toBe(1);
        await turns(10);
        expect(client.received).toMatch(before);
        expect(client.received).not.toMatch(/0\r\n\r\n$/);
        target.release();
      });
      expect(held).toBe(bare);
      expect(target.settled).toHaveLength(1);
    },
  );
});

it("finds the response of node:http where it is told to look", async () => {
  const target = heldTarget();
  const handler = flushFetch(
    target,
    (_request: Request, _env: { readonly raw: NodeResponse }) => new Response("all"),
    { nodeResponse: (_, { raw }) => raw },
  );
  const { port } = await serve((_, response) => {
    void Promise.resolve(handler(request(), { raw: response }))
      .then((answer) => answer.text())
      .then((body) => response.end(body));
  });
  const client = new RawClient(port);
  client.get();
  await expect.poll(() => target.begun).toBe(1);
  expect(target.settled).toHaveLength(1);
  target.release();
  await client.receives("all");
});

it("goes on without the response of node:http where the search for it throws", async () => {
  const target = heldTarget({ isDue: false });
  const handler = flushFetch(target, () => new Response("all"), {
    nodeResponse: () => {
      throw new Error("of the search");
    },
  });
  expect(await (await handler(request())).text()).toBe("all");
});
