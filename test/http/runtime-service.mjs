// A service with a number that answers one request, and says what was measured of it.
import { createServer } from "node:http";
import { diag, DiagConsoleLogger, DiagLogLevel } from "@opentelemetry/api";
import { createTaskmon } from "taskmon";
import { startScrapeEndpoint } from "taskmon/prometheus";

diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const taskmon = createTaskmon({ target: { serviceName: process.env.SERVICE } });
const endpoint = await startScrapeEndpoint({ taskmon, port: 0 });
const server = createServer((_request, response) => response.end("hello"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text();
while (taskmon.task.number === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
const text = await (await fetch(endpoint.state.url)).text();
const measured = (metric) => text.includes(`\n${metric}_request_duration_seconds_count`);
console.log(
  JSON.stringify({
    number: taskmon.task.number,
    server: measured("http_server"),
    fetch: measured("http_client"),
  }),
);
await taskmon.shutdown();
process.exit(0);
