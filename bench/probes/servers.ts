import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";

// What is probed, in a process of its own: one port that accepts, one that answers HTTP, on every
// address of the loopback network, so that each target has an address of its own.

const tcp = createServer((socket) => void socket.on("error", () => socket.destroy()).resume());
const http = createHttpServer((_, response) => void response.end("ok\n"));
http.on("clientError", (_, socket) => socket.destroy());
for (const server of [tcp, http]) {
  server.listen({ port: 0, host: "0.0.0.0", backlog: 4_096 });
  await once(server, "listening");
}
process.send!([tcp, http].map((server) => (server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
