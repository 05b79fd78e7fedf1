import { request, type ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { afterTest, histogramPoints, measure, RawClient, serve } from "../http/harness.ts";
import { measureClient } from "../http/client-harness.ts";

it("records the status that was sent, whatever the program writes into the field later", async () => {
  const { counted } = measure();
  const { port } = await serve((_request, response) => {
    response.end("ok");
    response.statusCode = 500;
  });
  const client = new RawClient(port);
  client.get();
  await client.receives("200 OK");
  const [point] = await counted(1);
  expect(point).toMatchObject({ "http.response.status_code": 200 });
  expect(point).not.toHaveProperty("error.type");
});

it("records the status that was sent where the response breaks off", async () => {
  const { counted } = measure();
  let begun!: ServerResponse;
  const { port } = await serve((_request, response) => {
    begun = response;
    response.write("part");
    response.statusCode = 503;
  });
  const client = new RawClient(port);
  client.get();
  await client.receives("part");
  begun.destroy();
  expect(await counted(1)).toMatchObject([
    { "http.response.status_code": 200, "error.type": "server_aborted" },
  ]);
});

it("shows the hook the status and the headers that were sent", async () => {
  const seen: unknown[] = [];
  const { counted } = measure({
    server: {
      labels: ["app.seen"],
      attributes: (_request, response) => {
        seen.push(response.statusCode, response.getHeader("X-Kind"), response.getHeader("x-two"));
        seen.push(response.getHeader("x-none"));
        return {};
      },
    },
  });
  const { port } = await serve((_request, response) => {
    response.writeHead(201, { "X-Kind": "written at once", "X-Two": ["a", "b"] });
    response.end("ok");
    response.statusCode = 500;
  });
  const client = new RawClient(port);
  client.get();
  await client.receives("ok");
  await counted(1);
  expect(seen).toEqual([201, "written at once", ["a", "b"], undefined]);
});

it.each([
  ["sends less than it declares", (response: ServerResponse) => response.end("fives"), 5],
  ["sends it all", (response: ServerResponse) => response.end("x".repeat(100)), 100],
])("records the bytes that were sent where a response %s", async (_what, respond, bytes) => {
  const { counted, reader } = measure();
  const { port } = await serve((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    respond(response);
  });
  const client = new RawClient(port);
  client.get();
  await client.receives("\r\n\r\n");
  await counted(1);
  expect((await histogramPoints(reader, "http.server.response.body.size"))[0]!.sum).toBe(bytes);
});

it("records the bytes of a request's body that were sent, where it declares more", async () => {
  const measured = measureClient();
  const { port } = await serve((_request, response) => response.writeHead(400).end());
  const sent = request({ port, host: "127.0.0.1", method: "POST", agent: false });
  afterTest(() => sent.destroy());
  sent.setHeader("content-length", 100);
  sent.on("error", () => {}).on("response", (response) => response.resume());
  sent.end("fives");
  await measured.counted(1);
  expect(await measured.bytes("request")).toEqual({ count: 1, sum: 5 });
});
