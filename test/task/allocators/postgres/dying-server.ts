// A program whose PostgreSQL server ends a connection in the same piece of data in which it says that the
// connection is ready, as after a pause of either. Prints how two heartbeats ended, and ends with 0.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import pg from "pg";
import { postgresAllocator } from "../../../../src/task/allocators/postgres.ts";

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const authenticationOk = message("R", Buffer.alloc(4));
const readyForQuery = message("Z", Buffer.from("I"));
const terminated = message(
  "E",
  Buffer.from("SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"),
);

const server = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.once("data", () => {
    socket.end(Buffer.concat([authenticationOk, readyForQuery, terminated]));
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const { port } = server.address() as AddressInfo;
const pool = new pg.Pool({ host: "127.0.0.1", port, user: "a", database: "a", max: 1 });
pool.on("error", () => undefined);
const allocator = postgresAllocator({ pool });
const target = { serviceName: "checkout", jobName: "web", hostName: "host-a" };
const beat = { seq: 1, holdMs: 600_000, leaseMs: 300_000, maxTasks: 10 };
const signal = AbortSignal.timeout(10_000);
const outcomes = await Promise.allSettled(
  // The second waits in line for the only connection.
  ["a", "b"].map((instance) => allocator.notifyTaskIsAlive(target, instance, beat, { signal })),
);
for (const outcome of outcomes) {
  process.stdout.write(`${outcome.status === "rejected" ? outcome.reason.code : "answered"}\n`);
}
server.close();
await pool.end();
