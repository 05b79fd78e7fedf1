import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createServer2,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import express from "express";
import { Hono } from "hono";
import { expectTypeOf, it } from "vitest";
import { createTaskmon, memoryAllocator } from "../../../src/index.ts";
import {
  flushFetch,
  flushHandler,
  flushLambda,
  flushMiddleware,
  type FlushTarget,
} from "../../../src/flush/index.ts";

const taskmon = createTaskmon({ allocator: memoryAllocator() });

it("takes a Taskmon object", () => {
  expectTypeOf(taskmon).toExtend<FlushTarget>();
});

it("knows a handler's arguments, and keeps what it returns", () => {
  createServer(
    flushHandler(taskmon, (request, response) => {
      expectTypeOf(request).toExtend<IncomingMessage>();
      expectTypeOf(response).toExtend<ServerResponse>();
    }),
  );
  createServer(flushHandler(taskmon, express()));
  createServer2(
    flushHandler(taskmon, (request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.end(request.url);
    }),
  );
  express().use(flushMiddleware(taskmon));
  const counted = flushHandler(taskmon, (_: IncomingMessage, __: ServerResponse) => 7);
  expectTypeOf(counted).returns.toBeNumber();
});

it("keeps the type of a Lambda handler", () => {
  const handler = async (event: { id: string }): Promise<number> => event.id.length;
  expectTypeOf(flushLambda(taskmon, handler)).toEqualTypeOf(handler);
});

it("takes handlers of web requests with whatever else they get", () => {
  const app = new Hono();
  expectTypeOf(flushFetch(taskmon, app.fetch)).toBeCallableWith(new Request("http://t/"), {});
  const handler = flushFetch(taskmon, (request: Request, env: { key: string }) => {
    return new Response(request.url + env.key);
  });
  expectTypeOf(handler).parameter(1).toEqualTypeOf<{ key: string }>();
  expectTypeOf(handler).returns.toEqualTypeOf<Response | Promise<Response>>();
});
