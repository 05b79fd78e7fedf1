import type { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import {
  create,
  hello,
  measure,
  provide,
  RawClient,
  request,
  requests,
  serve,
  signal,
  subscribed,
} from "./harness.ts";

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
    // One listener on the socket, and nothing elsewhere.
    expect(listeners[1]!()).toEqual([incoming, response, socket + 1, owner]);
    instrumentation.disable();
    expect(listeners[1]!()).toEqual(bare);
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
