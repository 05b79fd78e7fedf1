import { once } from "node:events";
import http, { type RequestListener } from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import express5 from "express";
import express4 from "express4";
import fastify from "fastify";
import { getRequestListener, serve as serveHono } from "@hono/node-server";
import { Hono } from "hono";
import Koa from "koa";
import { Router } from "@koa/router";
import type { Attributes } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { HttpMetricsInstrumentation, honoRoute, koaRoute } from "../../src/http/index.ts";
import {
  flushFetch,
  flushHandler,
  flushMiddleware,
  type FlushTarget,
} from "../../src/flush/index.ts";
import { active, afterTest, histogramPoints, ManualReader } from "../http/harness.ts";
import { heldTarget } from "./handlers/harness.ts";

type Target = FlushTarget;
type Listening = http.Server | http2.Http2Server;

/** A service with `GET /orders/:id`, as a user would write it. */
interface Framework {
  readonly name: string;
  /** The wrapped one, or without a target the bare one. */
  readonly create: (target: Target | undefined) => Listening | Promise<Listening>;
  readonly http2?: true;
}

const order = { id: 7, state: "shipped" };

const frameworks: Framework[] = [
  {
    name: "node:http",
    create(target) {
      const listener: RequestListener = (_, response) => response.end(JSON.stringify(order));
      return http.createServer(target === undefined ? listener : flushHandler(target, listener));
    },
  },
  ...[
    { name: "Express 4", create: express4 },
    { name: "Express 5", create: express5 },
  ].map(({ name, create }): Framework => ({
    name: `${name}, as middleware`,
    create(target) {
      const app = create();
      if (target !== undefined) app.use(flushMiddleware(target));
      const router = create.Router();
      router.get("/:id", (_request, response) => void response.json(order));
      app.use("/orders", router);
      return http.createServer(app);
    },
  })),
  {
    name: "Express 5, as a handler",
    create(target) {
      const app = express5();
      app.get("/orders/:id", (_request, response) => void response.json(order));
      return http.createServer(target === undefined ? app : flushHandler(target, app));
    },
  },
  {
    name: "Fastify",
    async create(target) {
      const app = fastify(
        target === undefined
          ? {}
          : { serverFactory: (handler) => http.createServer(flushHandler(target, handler)) },
      );
      app.get("/orders/:id", async () => order);
      await app.ready();
      return app.server;
    },
  },
  {
    name: "Koa",
    create(target) {
      const app = new Koa();
      const router = new Router();
      router.get("/orders/:id", (context: { body: unknown }) => {
        context.body = order;
      });
      app.use(koaRoute()).use(router.routes());
      const callback = app.callback();
      return http.createServer(target === undefined ? callback : flushHandler(target, callback));
    },
  },
  {
    name: "Hono, as a handler of node:http",
    create(target) {
      const answer = getRequestListener(hono().fetch);
      const listener: RequestListener = (request, response) => void answer(request, response);
      return http.createServer(target === undefined ? listener : flushHandler(target, listener));
    },
  },
  {
    name: "Hono, as a handler of web requests",
    create(target) {
      const { fetch } = hono();
      return serveHono({
        fetch: target === undefined ? fetch : flushFetch(target, fetch),
        port: 0,
        hostname: "127.0.0.1",
      });
    },
  },
  {
    name: "node:http2",
    http2: true,
    create(target) {
      type Handler = (
        request: http2.Http2ServerRequest,
        response: http2.Http2ServerResponse,
      ) => void;
      const handler: Handler = (_, response) => response.end(JSON.stringify(order));
      return http2.createServer(target === undefined ? handler : flushHandler(target, handler));
    },
  },
];

function hono(): Hono {
  const app = new Hono();
  app.use(honoRoute());
  app.get("/orders/:id", (context) => context.json(order));
  return app;
}

interface Figures {
  readonly points: Attributes[];
  readonly requestBytes: number[];
  readonly responseBytes: number[];
}

async function figures(reader: ManualReader): Promise<Figures> {
  const sums = async (name: string): Promise<number[]> =>
    (await histogramPoints(reader, `http.server.${name}.body.size`)).map(({ sum }) => sum);
  return {
    points: (await histogramPoints(reader)).map(({ attributes, count }) => ({
      ...attributes,
      count,
    })),
    requestBytes: await sums("request"),
    responseBytes: await sums("response"),
  };
}

/** A service with its metrics, and a client of it. */
async function start(
  framework: Framework,
  target: ReturnType<typeof heldTarget> | undefined,
): Promise<{
  reader: ManualReader;
  ask: () => Promise<string>;
  disable: () => void;
}> {
  const reader = new ManualReader();
  const instrumentation = new HttpMetricsInstrumentation({ client: false });
  instrumentation.setMeterProvider(new MeterProvider({ readers: [reader] }));
  afterTest(() => instrumentation.disable());
  const server = await framework.create(
    target && {
      flush: {
        get isDue() {
          return target.flush.isDue;
        },
        ifDue: (call) => target.flush.ifDue(call),
        settle: (response) => instrumentation.settle(response),
      },
    },
  );
  if (!server.listening) server.listen(0, "127.0.0.1");
  if (server.address() === null) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  afterTest(async () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  const ask = framework.http2 === true ? askHttp2(port) : askHttp1(port);
  return { reader, ask, disable: () => instrumentation.disable() };
}

function askHttp1(port: number): () => Promise<string> {
  return async () => (await fetch(`http://127.0.0.1:${port}/orders/7`)).text();
}

function askHttp2(port: number): () => Promise<string> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  afterTest(() => session.destroy());
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ":path": "/orders/7" });
      let text = "";
      stream.on("data", (part: Buffer) => (text += part.toString()));
      stream.on("close", () => resolve(text)).on("error", reject);
    });
}

describe.each(frameworks)("$name", (framework) => {
  it("has the flushing request in its own flush, as it is without one, and once", async () => {
    const bare = await start(framework, undefined);
    expect(JSON.parse(await bare.ask())).toEqual(order);
    await expect.poll(() => active(bare.reader)).toBe(0);
    const wanted = await figures(bare.reader);
    expect(wanted.points).toHaveLength(1);
    // Only one observes the requests of a process.
    bare.disable();
    // The first releases of Node.js 22 do not tell the bytes of a stream that is closed.
    const isSizeKnown = wanted.responseBytes.length > 0;
    const seen = async (measured: ManualReader): Promise<Figures> => {
      const all = await figures(measured);
      return isSizeKnown ? all : { ...all, responseBytes: [] };
    };

    const target = heldTarget();
    const { reader, ask } = await start(framework, target);
    const answered = ask();
    await expect.poll(() => target.begun).toBe(1);
    // What the export would send, while the client still waits.
    expect(await seen(reader)).toEqual(wanted);
    expect(await active(reader)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    target.release();
    expect(JSON.parse(await answered)).toEqual(order);
    await expect.poll(() => active(reader)).toBe(0);
    expect(await seen(reader)).toEqual(wanted);
    const [duration] = await histogramPoints(reader);
    expect(duration!.sum, "the flush's time is not the request's").toBeLessThan(0.25);
  });

  it("measures the requests that pass as ever", async () => {
    const target = heldTarget();
    const { reader, ask } = await start(framework, target);
    const first = ask();
    await expect.poll(() => target.begun).toBe(1);
    await Promise.all([ask(), ask(), ask()]);
    target.release();
    await first;
    await expect.poll(() => active(reader)).toBe(0);
    const [point, ...others] = (await figures(reader)).points;
    expect(others).toEqual([]);
    expect(point!["count"]).toBe(4);
    expect(target.limits).toHaveLength(1);
  });
});
