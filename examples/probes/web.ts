import { once } from "node:events";
import { createServer } from "node:http";
import { bodyValidator, httpProbe, targetOf } from "taskmon/probe";

// Probes a web server once by hand, and says what each phase and validator came to.

const server = createServer((request, response) => {
  if (request.url === "/") response.writeHead(302, { location: "/welcome" }).end();
  else response.end("all systems go");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as { port: number };

const probe = httpProbe({ validators: [bodyValidator({ includes: "systems go" })] });
const timeoutMs = 5_000;
const result = await probe.run(targetOf(`http://127.0.0.1:${port}/`), {
  signal: AbortSignal.timeout(timeoutMs),
  timeoutMs,
  clock: { now: () => performance.now(), wallTime: Date.now, after: () => () => undefined },
});

console.log(result.success ? "pass" : `fail: ${result.error?.message}`, result.statusCode);
console.log(`redirects: ${result.details?.redirects}`);
console.log(`phases: ${Object.keys(result.phasesMs ?? {}).join(", ")}`);
for (const { name, passed } of result.validations ?? []) {
  console.log(`${name}: ${passed ? "passed" : "failed"}`);
}
server.close();
