import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * A response on a connection that a server handed over for an upgrade or CONNECT. The server no longer manages
 * that connection, so it ends after the response.
 */
export function plainResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  // Not a static import: that would load Node's undici and make it the one that the program's fetch uses.
  const response = new (process.getBuiltinModule("node:http").ServerResponse)(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Node.js removed its own listener; an error event without a listener would end the process.
  socket.on("error", () => socket.destroy());
  response.on("finish", () => {
    response.detachSocket(socket as Socket);
    socket.end();
  });
  return response;
}
