import { channel } from "node:diagnostics_channel";
import { once, type EventEmitter } from "node:events";
import http from "node:http";
import type { Socket } from "node:net";
import { Agent, Client, type Dispatcher, request as npmRequest } from "undici";
import { describe, expect, it } from "vitest";
import { answering, measureClient, measureFetch, serveRaw } from "./client-harness.ts";
import { afterTest, serve } from "./harness.ts";

const CHANNELS = [
  "http.client.request.created",
  "http.client.request.error",
  "http2.client.stream.created",
  "http2.client.stream.start",
  "http2.client.stream.finish",
  "http2.client.stream.close",
  "undici:request:create",
  "undici:request:headers",
  "undici:request:trailers",
  "undici:request:error",
  "undici:client:connected",
  "undici:client:sendHeaders",
];
const subscribed = (): string[] => CHANNELS.filter((name) => channel(name).hasSubscribers);

/** How many listeners there are, by event. */
function listeners(emitter: EventEmitter): Record<string, number> {
  return Object.fromEntries(
    emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]),
  );
}

describe("the metrics of node:http clients, when they are disabled", () => {
  it("leave no subscription, and take them up again when they are enabled", async () => {
    const { instrumentation, counted } = measureClient();
    expect(subscribed()).not.toEqual([]);
    instrumentation.disable();
    expect(subscribed()).toEqual([]);
    const { port } = await serve((_request, response) => response.end());
    const get = async (): Promise<void> => {
      const request = http.get({ port, host: "127.0.0.1", agent: false });
      request.on("response", (response) => response.resume());
      await once(request, "close");
    };
    await get();
    instrumentation.enable();
    instrumentation.enable();
    await get();
    await counted(1);
  });

  it("leave no listener on what is in flight, nor on what is over", async () => {
    const { instrumentation, counted, active, connections } = measureClient();
    instrumentation.disable();
    const { port } = await serveRaw(answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome"));
    const begin = async (): Promise<EventEmitter[]> => {
      const request = http.get({ port, host: "127.0.0.1", agent: false, timeout: 60_000 });
      request.on("timeout", () => {}).on("error", () => {});
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      response.on("error", () => {});
      afterTest(() => request.destroy());
      return [request, response, request.socket!];
    };
    const bare = (await begin()).map(listeners);
    instrumentation.enable();
    const measured = await begin();
    const [request, response, socket] = measured.map(listeners);
    expect(request).toEqual({
      ...bare[0],
      socket: (bare[0]!["socket"] ?? 0) + 1,
      close: (bare[0]!["close"] ?? 0) + 1,
      timeout: bare[0]!["timeout"]! + 1,
    });
    expect(response).toEqual(bare[1]);
    expect(socket).toEqual({
      ...bare[2],
      close: bare[2]!["close"]! + 1,
      agentRemove: (bare[2]!["agentRemove"] ?? 0) + 1,
    });
    expect(await active()).toMatchObject([{ value: 1 }]);
    instrumentation.disable();
    expect(measured.map(listeners)).toEqual(bare);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 0 });

    instrumentation.enable();
    // What was forgotten stays forgotten.
    (measured[0] as http.ClientRequest).destroy();
    const over = await begin();
    const closed = once(over[0]!, "close");
    (over[0] as http.ClientRequest).destroy();
    await closed;
    await counted(1);
    expect(listeners(over[0]!)["close"]).toBe(bare[0]!["close"]);
    expect(listeners(over[0]!)["socket"]).toBe(bare[0]!["socket"]);
  });

  it("write nothing on the program's objects", async () => {
    const { instrumentation } = measureClient();
    const { port } = await serve((_request, response) => response.end());
    const keys = async (): Promise<string[][]> => {
      const request = http.get({ port, host: "127.0.0.1", agent: false });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      response.resume();
      await once(request, "close");
      return [request, response, request.socket!].map((o) => Reflect.ownKeys(o).map(String));
    };
    const measured = await keys();
    instrumentation.disable();
    expect(measured).toEqual(await keys());
  });
});

describe("the metrics of fetch, when they are disabled", () => {
  it("leave no subscription, no listener and no count, and take them up again", async () => {
    const { instrumentation, counted, active, connections } = measureFetch();
    expect(subscribed()).not.toEqual([]);
    const sockets: Socket[] = [];
    const agent = new Agent();
    afterTest(() => agent.destroy());
    agent.on("connect", () => {});
    const record = (message: unknown): void => {
      sockets.push((message as { socket: Socket }).socket);
    };
    channel("undici:client:sendHeaders").subscribe(record);
    afterTest(() => channel("undici:client:sendHeaders").unsubscribe(record));
    let answer: (() => void) | undefined;
    const { port } = await serve((_request, response) => (answer = () => response.end()));
    const url = `http://127.0.0.1:${port}/`;
    const first = npmRequest(url, { dispatcher: agent });
    await expect.poll(() => answer).toBeDefined();
    const [socket] = sockets;
    const measured = listeners(socket!);
    expect(await active()).toMatchObject([{ value: 1 }]);
    instrumentation.disable();
    expect(listeners(socket!)).toEqual({ ...measured, close: measured["close"]! - 1 });
    expect(subscribed()).toEqual(["undici:client:sendHeaders"]);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 0 });

    instrumentation.enable();
    answer!();
    await (await first).body.dump();
    // What was forgotten stays forgotten; its connection is taken up with its next request.
    await counted(0);
    const second = npmRequest(url, { dispatcher: agent });
    await expect.poll(connections).toEqual({ active: 1, idle: 0 });
    await expect.poll(() => sockets.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 10));
    answer!();
    await (await second).body.dump();
    await counted(1);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
  });

  it("leave nothing on a socket that waits for an upgrade, nor on one that was upgraded", async () => {
    const { instrumentation, active } = measureFetch();
    const sockets: Socket[] = [];
    const record = (message: unknown): void => {
      sockets.push((message as { socket: Socket }).socket);
    };
    channel("undici:client:sendHeaders").subscribe(record);
    afterTest(() => channel("undici:client:sendHeaders").unsubscribe(record));
    const { server, port } = await serve(() => {});
    let upgrade: (() => void) | undefined;
    server.on("upgrade", (_request, socket) => {
      afterTest(() => socket.destroy());
      upgrade = () =>
        socket.write("HTTP/1.1 101 Hello\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n");
    });
    const begin = async (): Promise<Promise<Dispatcher.UpgradeData>> => {
      upgrade = undefined;
      const client = new Client(`http://127.0.0.1:${port}`);
      afterTest(() => client.destroy());
      const pending = client.upgrade({ path: "/", protocol: "foo" });
      await expect.poll(() => upgrade).toBeDefined();
      return pending;
    };
    const waiting = begin();
    await expect.poll(() => upgrade).toBeDefined();
    expect(listeners(sockets[0]!)["removeListener"]).toBe(1);
    expect(await active()).toMatchObject([{ value: 1 }]);
    instrumentation.disable();
    expect(listeners(sockets[0]!)["removeListener"]).toBeUndefined();
    expect(await active()).toEqual([]);
    upgrade!();
    const bare = (await waiting).socket;
    instrumentation.enable();
    const again = begin();
    await expect.poll(() => upgrade).toBeDefined();
    upgrade!();
    const upgraded = (await again).socket;
    expect(listeners(upgraded)).toEqual(listeners(bare));
  });
});
