import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2Server } from "node:http2";
import type { Duplex } from "node:stream";

/** Which requests a guard handles. */
export interface AttachOptions {
  /** Whether the guard handles a request; others are left alone. @default every request */
  readonly when?: (request: IncomingMessage) => boolean;
}

/** The guard's listeners for the events of a server. */
export interface EventHandlers {
  continueHandler(this: void, request: IncomingMessage, response: ServerResponse): void;
  upgradeHandler(this: void, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Registers a guard's listeners at a server. @returns a function that removes them */
export function attach(
  guard: EventHandlers,
  server: Server | Http2Server,
  { when = () => true }: AttachOptions = {},
): () => void {
  const onContinue = (request: IncomingMessage, response: ServerResponse): void => {
    if (when(request)) return guard.continueHandler(request, response);
    // Do what a server does without a listener, unless there is another listener.
    if (server.listenerCount("checkContinue") > 1) return;
    response.writeContinue();
    server.emit("request", request, response);
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (when(request)) guard.upgradeHandler(request, socket, head);
    else if (server.listenerCount("upgrade") === 1) socket.destroy();
  };
  const onConnect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // HTTP/2 reports CONNECT differently.
    if (request.httpVersionMajor >= 2) return;
    if (when(request)) guard.upgradeHandler(request, socket, head);
    else if (server.listenerCount("connect") === 1) socket.destroy();
  };
  const events = server as Pick<Server, "on" | "off">;
  events.on("checkContinue", onContinue);
  events.on("upgrade", onUpgrade);
  events.on("connect", onConnect);
  return () => {
    events.off("checkContinue", onContinue);
    events.off("upgrade", onUpgrade);
    events.off("connect", onConnect);
  };
}
