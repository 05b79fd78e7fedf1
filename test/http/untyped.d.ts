// Packages of the tests that bring no types, as far as they are used.

declare module "express4" {
  import express from "express";
  export default express;
}

declare module "koa" {
  import type { IncomingMessage, RequestListener } from "node:http";

  interface Context {
    readonly req: IncomingMessage;
    body: unknown;
  }
  type Middleware = (context: Context, next: () => Promise<unknown>) => unknown;

  export default class Koa {
    silent: boolean;
    use(middleware: Middleware): this;
    callback(): RequestListener;
  }
}

declare module "ws" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage, Server } from "node:http";
  import type { Duplex } from "node:stream";

  export class WebSocket extends EventEmitter {
    constructor(url: string, protocols?: readonly string[]);
    readonly protocol: string;
    terminate(): void;
    send(data: unknown): void;
    close(): void;
  }
  export class WebSocketServer extends EventEmitter {
    constructor(options: { server: Server } | { noServer: true });
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (socket: WebSocket) => void,
    ): void;
    on(event: "connection", listener: (socket: WebSocket) => void): this;
  }
}
