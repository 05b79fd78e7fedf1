import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * A response on a connection that a server handed out for an upgrade or for CONNECT, and of which it
 * therefore takes no more care: once the response is sent the connection ends.
 */
export function plainResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  // Not imported: an import would load Node's undici, and make it the one that the program's fetch uses.
  const response = new (process.getBuiltinModule("node:http").ServerResponse)(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Node.js took its own listener away; an error that nobody listens for would take the process down.
  socket.on("error", () => socket.destroy());
  response.on("finish", () => {
    response.detachSocket(socket as Socket);
    socket.end();
  });
  return response;
}
