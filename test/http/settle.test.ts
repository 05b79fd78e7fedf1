import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { setHttpRoute } from "../../src/http/index.ts";
import { active, histogramPoints, measure, RawClient, serve, signal, turns } from "./harness.ts";

describe("a request that is measured before its end", () => {
  it("counts once, with its status, route and sizes, and is active until its end", async () => {
    const { instrumentation, reader, counted } = measure();
    const written = signal();
    const responses: ServerResponse[] = [];
    const { port } = await serve((request, response) => {
      setHttpRoute(request, "/orders/:id");
      request.on("end", () => {
        // Nothing leaves the connection, as during a flush.
        response.socket!.cork();
        response.socket!.uncork = (): void => undefined;
        response.statusCode = 201;
        response.end("made");
        instrumentation.settle(response);
        instrumentation.settle(response);
        responses.push(response);
        written.give();
      });
      request.resume();
    });
    const client = new RawClient(port);
    client.send("POST /orders/7 HTTP/1.1", "host: t", "content-length: 5", "", "hello");
    await written.given;
    const expected = {
      "http.request.method": "POST",
      "url.scheme": "http",
      "network.protocol.version": "1.1",
      "http.response.status_code": 201,
      "http.route": "/orders/:id",
      count: 1,
    };
    expect(await counted(1)).toEqual([expected]);
    const sumOf = async (name: string): Promise<number | undefined> =>
      (await histogramPoints(reader, name))[0]?.sum;
    expect(await sumOf("http.server.request.body.size")).toBe(5);
    expect(await sumOf("http.server.response.body.size")).toBe(4);
    expect(await active(reader)).toBe(1);

    delete (responses[0]!.socket as { uncork?: unknown }).uncork;
    responses[0]!.socket!.uncork();
    await client.receives("made");
    await expect.poll(() => active(reader)).toBe(0);
    expect(await counted(1)).toEqual([expected]);
  });

  it("keeps the duration that it had then", async () => {
    const { instrumentation, reader, counted } = measure();
    const { port } = await serve((_, response) => {
      response.flushHeaders();
      response.write("all");
      instrumentation.settle(response);
      setTimeout(() => response.end(), 300);
    });
    const client = new RawClient(port);
    client.get();
    await client.receives("0\r\n\r\n");
    await counted(1);
    const [duration] = await histogramPoints(reader);
    expect(duration!.sum).toBeLessThan(0.25);
  });

  it("counts as it was then, where its connection breaks before its end", async () => {
    const { instrumentation, reader, counted } = measure();
    const { port } = await serve((_, response) => {
      response.write("all");
      instrumentation.settle(response);
    });
    const client = new RawClient(port);
    client.get();
    await client.receives("all");
    client.socket.destroy();
    await expect.poll(() => active(reader)).toBe(0);
    const [only] = await counted(1);
    expect(only).toMatchObject({ "http.response.status_code": 200 });
    expect(only).not.toHaveProperty("error.type");
  });

  it("is the next one on its connection's own", async () => {
    const { instrumentation, reader, counted } = measure();
    const { port } = await serve((request, response) => {
      response.write(request.url === "/1" ? "first" : "the second");
      response.end();
      if (request.url === "/1") instrumentation.settle(response);
    });
    const client = new RawClient(port);
    client.get("/1");
    await client.receives("0\r\n\r\n");
    client.get("/2");
    await client.receives("the second");
    await counted(2);
    const [sizes] = await histogramPoints(reader, "http.server.response.body.size");
    // Chunks count with their framing.
    const chunked = (text: string): number =>
      `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`.length;
    expect(sizes!.sum).toBe(chunked("first") + chunked("the second"));
  });

  it("is none that is not measured", async () => {
    const { instrumentation, counted } = measure({ server: { ignore: () => true } });
    const { port } = await serve((_, response) => {
      response.end("ignored");
      instrumentation.settle(response);
    });
    const client = new RawClient(port);
    client.get();
    await client.receives("ignored");
    instrumentation.disable();
    client.get();
    await turns(5);
    instrumentation.settle({ socket: null } as ServerResponse);
    instrumentation.settle({} as ServerResponse);
    expect(await counted(0)).toEqual([]);
  });
});
