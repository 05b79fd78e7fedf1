import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { drainable, healthHandler } from "taskmon/health";
import { operationRoutes } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = taskmon.attach(prometheusReader());
const health = healthHandler(taskmon.health);

// The operations that your clients send. What else one makes up is /graphql/_OTHER.
const nameOperation = operationRoutes("/graphql", ["FirstUser"]);

const yoga = createYoga({
  schema: createSchema({
    typeDefs: "type Query { firstUser: String }",
    resolvers: { Query: { firstUser: () => "Ada" } },
  }),
  plugins: [
    {
      onExecute({ args }) {
        nameOperation(args.contextValue.req, args.operationName);
      },
    },
  ],
});

const server = createServer((request, response) => {
  if (request.url === "/metrics") return reader.handler(request, response);
  health(request, response, () => void yoga(request, response));
});
server.listen(Number(process.env["PORT"] ?? 3000));
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
