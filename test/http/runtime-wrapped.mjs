// What the wrappers measure of the runtime's own server and fetch.
import { createTaskmon, memoryAllocator } from "taskmon";
import { measuredFetch, measuredHandler, withUrlTemplate } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({
  target: { serviceName: "wrapped" },
  allocator: memoryAllocator(),
  http: false,
});
const reader = taskmon.attach(prometheusReader());
const fetch = measuredFetch(taskmon);
const answer = measuredHandler(taskmon, () => new Response("hello"), { route: "/hello/:id" });
const options = { port: 0, hostname: "127.0.0.1" };
const server = globalThis.Bun
  ? Bun.serve({ ...options, routes: { "/hello/:id": answer }, fetch: () => new Response() })
  : Deno.serve({ ...options, onListen: () => {} }, answer);
const port = server.port ?? server.addr.port;
const ask = () => fetch(`http://127.0.0.1:${port}/hello/7`);
const said = await (await withUrlTemplate("/hello/{id}", ask)).text();
await (server.stop?.(true) ?? server.shutdown());
await ask().catch(() => {});
await fetch("http://no-such-host.invalid/").catch(() => {});

const errors = [];
const text = await reader.text();
for (const [, type] of text.matchAll(
  /^http_client_request_duration_seconds_count\{.*error_type="(\w+)"/gm,
))
  errors.push(type);
const count = (metric, label) =>
  new RegExp(`^${metric}_request_duration_seconds_count\\{.*${label}.* 1$`, "m").test(text);
console.log(
  JSON.stringify({
    said,
    server: count("http_server", 'http_response_status_code="200",http_route="/hello/:id"'),
    fetch: count("http_client", 'url_template="/hello/{id}"'),
    errors: errors.toSorted(),
  }),
);
await taskmon.shutdown();
process.exit(0);
