import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import {
  afterTest,
  create,
  hello,
  measure,
  provide,
  RawClient,
  request,
  requests,
  serve,
  serveTls,
  signal,
  subscribed,
} from "./harness.ts";

const compare = (one: string, other: string): number => one.localeCompare(other);

describe("enable and disable", () => {
  it("subscribe once, however often they are called, and leave no subscriber", async () => {
    const { provider, reader } = provide();
    const instrumentation = create();
    instrumentation.setMeterProvider(provider);
    instrumentation.enable();
    instrumentation.enable();
    expect(subscribed()).toEqual([true, true]);
    const port = await hello();
    await request(port);
    expect(await requests(reader)).toBe(1);

    instrumentation.disable();
    instrumentation.disable();
    expect(subscribed()).toEqual([false, false]);
    await request(port);
    expect(await requests(reader)).toBe(1);

    instrumentation.enable();
    await request(port);
    expect(await requests(reader)).toBe(2);
  });

  it("leave the listeners of sockets, requests, responses and servers as they were", async () => {
    const instrumentation = create({ enabled: false });
    const called = signal();
    const listeners: (() => number[])[] = [];
    const { server, port } = await serve((incoming, response) => {
      const all: EventEmitter[] = [incoming, response, incoming.socket, server];
      const count = (): number[] =>
        all.map((emitter) =>
          emitter.eventNames().reduce((sum: number, name) => sum + emitter.listenerCount(name), 0),
        );
      listeners.push(count);
      if (incoming.url === "/hang") called.give();
      else response.end();
    });
    const client = new RawClient(port);
    client.get("/hang");
    await called.given;
    const bare = listeners[0]!();

    instrumentation.enable();
    const again = signal();
    server.once("request", again.give);
    const measured = new RawClient(port);
    measured.get("/hang");
    await again.given;
    const [incoming, response, socket, owner] = bare as [number, number, number, number];
    // Two listeners on the socket, and nothing elsewhere.
    expect(listeners[1]!()).toEqual([incoming, response, socket + 2, owner]);
    instrumentation.disable();
    expect(listeners[1]!()).toEqual(bare);
  });

  it("leave a server with TLS and its sockets as they were", async () => {
    const called = signal();
    const sockets: Socket[] = [];
    const { server, port } = await serveTls((incoming) => {
      sockets.push(incoming.socket);
      called.give();
    });
    const counts = (): number[] =>
      [server, ...sockets].map((emitter: EventEmitter) =>
        emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0),
      );
    const bare = counts();
    const instrumentation = create();
    const client = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    afterTest(() => client.destroy());
    client.on("error", () => {}).write("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    await called.given;
    const [owner, socket] = counts() as [number, number];
    expect([owner]).toEqual([bare[0]! + 1]);
    instrumentation.disable();
    expect(counts()).toEqual([bare[0], socket - 2]);
  });

  it("keep nothing open that would keep the process alive", async () => {
    const port = await hello();
    await request(port);
    const before = process.getActiveResourcesInfo().toSorted(compare);
    const instrumentation = create();
    expect(process.getActiveResourcesInfo().toSorted(compare)).toEqual(before);
    instrumentation.disable();
    expect(process.getActiveResourcesInfo().toSorted(compare)).toEqual(before);
  });

  it("write nothing on the program's objects", async () => {
    const instrumentation = create({ enabled: false });
    const keys: string[][] = [];
    const { port } = await serve((incoming, response) => {
      const all = [incoming, response, incoming.socket];
      keys.push(all.flatMap((object) => Reflect.ownKeys(object).map(String)));
      response.end();
    });
    await request(port);
    instrumentation.enable();
    await request(port);
    expect(keys[1]).toEqual(keys[0]);
  });

  it("forget the requests in flight, and follow those that come behind them", async () => {
    const { instrumentation, counted } = measure();
    const [forgotten, followed] = [signal(), signal()];
    let answer!: () => void;
    const { port } = await serve((incoming, response) => {
      if (incoming.url === "/forgotten") answer = () => response.end("late");
      (incoming.url === "/forgotten" ? forgotten : followed).give();
    });
    const client = new RawClient(port);
    client.get("/forgotten");
    await forgotten.given;
    instrumentation.disable();
    instrumentation.enable();
    client.get("/followed");
    await followed.given;
    answer();
    await client.receives("late");
    await counted(0);
    client.socket.destroy();
    expect(await counted(1)).toMatchObject([{ "error.type": "client_disconnected" }]);
  });

  it("do not mind a connection that closes with a forgotten request", async () => {
    const { instrumentation, counted } = measure();
    const called = signal();
    const { port } = await serve(called.give);
    const client = new RawClient(port);
    client.get();
    await called.given;
    instrumentation.disable();
    client.socket.resetAndDestroy();
    await client.closed();
    await counted(0);
  });

  it("are what setConfig does, and getConfig tells", () => {
    const instrumentation = create();
    expect(instrumentation.getConfig()).toEqual({ enabled: true });
    instrumentation.setConfig({ enabled: false });
    expect(instrumentation.getConfig()).toEqual({ enabled: false });
    expect(subscribed()).toEqual([false, false]);
    instrumentation.setConfig({});
    expect(instrumentation.getConfig()).toEqual({ enabled: true });
    expect(subscribed()).toEqual([true, true]);
  });
});
