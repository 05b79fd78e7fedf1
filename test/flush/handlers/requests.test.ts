import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { flushHandler } from "../../../src/flush/index.ts";
import { afterTest, RawClient, serve, turns } from "../../http/harness.ts";
import { type HeldTarget, heldTarget } from "./harness.ts";

describe("on one connection", () => {
  it("goes on after the flush, and keeps the connection", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => void response.end(`to ${request.url}`)),
    );
    const client = new RawClient(port);
    client.get("/one");
    await expect.poll(() => target.begun).toBe(1);
    target.release();
    await client.receives("to /one");
    client.get("/two");
    await client.receives("to /two");
    await target.dueAgain();
    client.get("/three");
    await expect.poll(() => target.begun).toBe(2);
    await turns(5);
    expect(client.received).not.toContain("/three");
    target.release();
    await client.receives("to /three");
    expect(client.received.match(/keep-alive/g)).not.toBeNull();
  });

  it("answers pipelined requests in their order", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => {
        // The last one is ready first.
        setTimeout(() => response.end(`to ${request.url}`), request.url === "/1" ? 30 : 1);
      }),
    );
    const client = new RawClient(port);
    client.send(...[1, 2, 3].flatMap((path) => [`GET /${path} HTTP/1.1`, "host: t", ""]), "");
    await expect.poll(() => target.begun).toBe(1);
    await turns(10);
    expect(client.received).toBe("");
    expect(target.settled).toHaveLength(1);
    target.release();
    await client.receives("to /3");
    expect(client.received.match(/to \/\d/g)).toEqual(["to /1", "to /2", "to /3"]);
  });

  it("holds no other connection", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => void response.end(`to ${request.url}`)),
    );
    const first = new RawClient(port);
    first.get("/first");
    await expect.poll(() => target.begun).toBe(1);
    for (let other = 0; other < 5; other++) {
      const client = new RawClient(port);
      client.get("/other");
      await client.receives("to /other");
    }
    expect(first.received).toBe("");
    expect(target.limits).toHaveLength(1);
    target.release();
    await first.receives("to /first");
  });
});

describe("at the flush's time limit", () => {
  it("ends the request, whatever the exporter does", async () => {
    const target = heldTarget();
    const { port } = await serve(flushHandler(target, (_, response) => void response.end("late")));
    const client = new RawClient(port);
    client.get();
    await expect.poll(() => target.begun).toBe(1);
    await target.clock.advance(4_999);
    await turns(5);
    expect(client.received).toBe("");
    await target.clock.advance(1);
    await client.receives("late");
    expect(target.isUnderWay).toBe(true);
  });

  it("ends the request when the flush fails", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (_, response) => void response.end("all the same")),
    );
    const client = new RawClient(port);
    client.get();
    await expect.poll(() => target.begun).toBe(1);
    target.release(new Error("refused"));
    await client.receives("all the same");
  });
});

describe("a connection that breaks meanwhile", () => {
  const breaks: [string, (client: RawClient, response: ServerResponse) => unknown][] = [
    ["the client resets it", (client) => client.socket.resetAndDestroy()],
    ["the program destroys the response", (_, response) => response.destroy()],
    ["the program destroys the socket", (_, response) => response.socket!.destroy()],
  ];

  it.each(breaks)("ends as it would have: %s", async (_, breakIt) => {
    const { target, client, responses, port } = await heldRequest();
    const closed = once(responses[0]!, "close");
    breakIt(client, responses[0]!);
    await closed;
    target.release();
    await turns(5);
    await answersAnother(port);
  });

  it("ends after the flush where the client has closed its side", async () => {
    const { target, client, responses, port } = await heldRequest();
    client.socket.end();
    await turns(10);
    expect(responses[0]!.destroyed).toBe(false);
    const closed = once(responses[0]!, "close");
    target.release();
    await client.receives("to /one");
    await closed;
    await answersAnother(port);
  });

  async function heldRequest(): Promise<{
    target: HeldTarget;
    client: RawClient;
    responses: ServerResponse[];
    port: number;
  }> {
    const target = heldTarget();
    const responses: ServerResponse[] = [];
    const { port } = await serve(
      flushHandler(target, (request, response) => {
        responses.push(response);
        response.end(`to ${request.url}`);
      }),
    );
    const client = new RawClient(port);
    const before = process.listenerCount("exit");
    afterTest(() => expect(process.listenerCount("exit")).toBe(before));
    client.get("/one");
    await expect.poll(() => target.begun).toBe(1);
    return { target, client, responses, port };
  }

  async function answersAnother(port: number): Promise<void> {
    const next = new RawClient(port);
    next.get("/two");
    await next.receives("to /two");
  }
});

it("flushes for one of two targets at one response, and for the other at the next", async () => {
  const [one, other] = [heldTarget(), heldTarget()];
  const inner = flushHandler(one, (request, response) => void response.end(`to ${request.url}`));
  const { port } = await serve(flushHandler(other, inner));
  const client = new RawClient(port);
  client.get("/1");
  await expect.poll(() => one.begun + other.begun).toBe(1);
  await turns(5);
  expect(client.received).toBe("");
  for (const target of [one, other]) target.release();
  await client.receives("to /1");
  client.get("/2");
  await expect.poll(() => one.begun + other.begun).toBe(2);
  expect([one.begun, other.begun]).toEqual([1, 1]);
  for (const target of [one, other]) target.release();
  await client.receives("to /2");
});

it("passes what its handler throws or rejects with, and flushes nothing for it", async () => {
  const target = heldTarget();
  const error = new Error("of the handler");
  const throwing = flushHandler(target, () => {
    throw error;
  });
  const rejected = Promise.reject(error);
  rejected.catch(() => undefined);
  const rejecting = flushHandler(target, () => rejected);
  const response = {} as ServerResponse;
  response.end = (() => response) as never;
  expect(() => throwing({} as IncomingMessage, response)).toThrow(error);
  expect(rejecting({} as IncomingMessage, response)).toBe(rejected);
  expect(target.limits).toEqual([]);
});

it("leaves upgraded connections alone", async () => {
  const target = heldTarget();
  const { server, port } = await serve(flushHandler(target, (_, response) => void response.end()));
  server.on("upgrade", (_, socket) => {
    afterTest(() => socket.destroy());
    socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
  });
  const client = new RawClient(port);
  client.send("GET / HTTP/1.1", "host: t", "connection: upgrade", "upgrade: x", "", "");
  await client.receives("hello");
  expect(target.limits).toEqual([]);
});

it("puts one property on a response for which no flush is due, and no other", async () => {
  const target = heldTarget({ isDue: false });
  const owns: string[][] = [];
  const { port } = await serve(
    flushHandler(target, (_, response) => {
      owns.push(Object.getOwnPropertyNames(response));
      response.end();
    }),
  );
  const bare = await serve((_, response) => {
    owns.push(Object.getOwnPropertyNames(response));
    response.end();
  });
  for (const at of [port, bare.port]) {
    const client = new RawClient(at);
    client.get();
    await client.receives("\r\n\r\n");
  }
  expect(owns[0]!.filter((name) => !owns[1]!.includes(name))).toEqual(["end"]);
});
