import { once } from "node:events";
import { createServer } from "node:http";
import { blackboxHandler } from "taskmon/probe";

// Answers /probe as blackbox_exporter does, and counts what it answered.

let runs = 0;
const handler = blackboxHandler({
  modules: { modules: { http_2xx: { prober: "http", timeout: "5s" } } },
  onRun: () => runs++,
});
const server = createServer((request, response) => {
  handler(request, response, () => response.end("a page of our own"));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as { port: number };

const ask = async (target: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}/probe?module=http_2xx&target=${target}`);
  return answer.ok ? await answer.text() : `${answer.status} ${await answer.text()}`;
};
const metrics = await ask(`127.0.0.1:${port}`);
console.log(
  metrics
    .split("\n")
    .filter((line) => /^probe_(success|http_status_code)/.test(line))
    .join("\n"),
);
console.log((await ask("192.0.2.1")).trim());
console.log(`${runs} run`);
server.close();
server.closeAllConnections();
