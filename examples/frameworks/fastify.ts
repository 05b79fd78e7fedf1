import fastify from "fastify";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { taskmonFastify } from "taskmon/fastify";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });

const app = fastify();
await app.register(taskmonFastify, {
  taskmon,
  drain: { delayMs: Number(process.env["DRAIN_MS"] ?? 5_000) },
});
app.get<{ Params: { id: string } }>("/users/:id", async ({ params }) => `user ${params.id}\n`);

await app.listen({ port: Number(process.env["PORT"] ?? 3000) });
shutdownOnSignals(taskmon, { before: () => app.close() });
