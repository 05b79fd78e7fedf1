/** The program of the quick start: examples/quick-start/service.ts, which is JavaScript too. */
export const PROGRAM = `import { createServer } from "node:http";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "hello" }, runtime: true });
const reader = taskmon.attach(prometheusReader());
const greetings = taskmon.metrics.counter(
  defineCounter({
    service: "hello",
    name: "greetings",
    help: "Greetings, by language.",
    labels: ["language"],
  }),
);

const server = createServer((request, response) => {
  if (request.url === "/metrics") return reader.handler(request, response);
  greetings.add(1, { language: "en" });
  response.end("Hello!\\n");
});
const port = Number(process.env.PORT ?? 3000);
server.listen(port, () => {
  console.log(\`http://localhost:\${port}/ says hello, http://localhost:\${port}/metrics counts it.\`);
  console.log("Ctrl-C ends it.");
});
shutdownOnSignals(taskmon); // hands the task number back
`;
