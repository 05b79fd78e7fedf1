import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createMonitoredService, execTrigger, rateLimitTrigger } from "taskmon/monitor";

// Wakes a sleeping service: nobody serves the wiki until someone asks for it.

const port = await freePort();
const program = [process.execPath, join(import.meta.dirname, "sleeper.ts"), String(port)];

const wiki = createMonitoredService({
  name: "wiki",
  url: `http://127.0.0.1:${port}`,
  graceMs: 5_000,
  // Once a minute at most: it takes a moment to start. It goes on in the background.
  onDown: rateLimitTrigger(
    execTrigger({ command: "/bin/sh", args: ["-c", '"$@" > /dev/null 2>&1 &', "sh", ...program] }),
    { max: 1, periodMs: 60_000 },
  ),
});
wiki.on("state", ({ from, to }) => console.log(`${from} -> ${to}`));

// What a guard does with a request.
async function ask(path: string): Promise<string> {
  const isUp = wiki.peek() ?? (await wiki.status());
  wiki.wake({ decision: isUp ? "forwarded" : "unavailable" });
  if (!isUp && !(await wiki.waitUntilUp({ waitMs: 30_000 }))) return "503 Service Unavailable";
  const response = await fetch(`${wiki.url.origin}${path}`);
  wiki.observe(response.status >= 502 ? "failed" : "answered");
  return await response.text();
}

console.log(await ask("/"));
console.log(await ask("/sleep"));

// A forward that fails is evidence: what was known of it lapses.
while ((await fetch(wiki.url).catch(() => undefined)) !== undefined);
wiki.observe("failed");
await new Promise((resolve) => setTimeout(resolve, 300));
console.log((await wiki.status()) ? "still up" : "asleep");
const { triggers, usualWakeMs } = wiki.view();
console.log(`${triggers[0]?.fired} firing, up after ${usualWakeMs! > 0 ? "a moment" : "no time"}`);
wiki.close();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return free;
}
