import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

// A server that costs next to nothing: it answers every segment, and clients send a request in one.

const body = JSON.stringify({ id: 42, state: "placed", currency: "EUR", total: 99.5 });
const response = Buffer.from(
  [
    "HTTP/1.1 200 OK",
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Date: Thu, 01 Jan 2026 00:00:00 GMT",
    "Connection: keep-alive",
    "",
    body,
  ].join("\r\n"),
);

/** A listening server. */
export interface Responder {
  readonly port: number;
  close(): void;
}

/** Starts a server on this host. */
export async function createResponder(): Promise<Responder> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", () => socket.write(response));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
