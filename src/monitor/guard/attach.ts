import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2Server } from "node:http2";
import type { Duplex } from "node:stream";

/** Which requests a guard handles. */
export interface AttachOptions {
  /** Whether the guard handles a request; others are left alone. @default every request */
  readonly when?: (request: IncomingMessage) => boolean;
}

/** What a guard listens to events with. */
export interface EventHandlers {
  continueHandler(this: void, request: IncomingMessage, response: ServerResponse): void;
  upgradeHandler(this: void, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Takes the events of a server for a guard. @returns a function that ends it */
export function attach(
  guard: EventHandlers,
  server: Server | Http2Server,
  { when = () => true }: AttachOptions = {},
): () => void {
  const onContinue = (request: IncomingMessage, response: ServerResponse): void => {
    if (when(request)) return guard.continueHandler(request, response);
    // As a server does that nobody attached anything to, unless another listener does.
    if (server.listenerCount("checkContinue") > 1) return;
    response.writeContinue();
    server.emit("request", request, response);
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (when(request)) guard.upgradeHandler(request, socket, head);
    else if (server.listenerCount("upgrade") === 1) socket.destroy();
  };
  const onConnect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // HTTP/2 tells of it in another form.
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
