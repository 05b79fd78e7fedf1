import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import {
  createGuard,
  createMonitoredService,
  execTrigger,
  rateLimitTrigger,
} from "taskmon/monitor";

// Wakes a sleeping service: nobody serves the wiki until someone asks for it. Run it with
// `node --conditions=@taskmon/source examples/monitor/wake.ts`, and open what it prints in a browser: the page
// there waits for the wiki, and shows it as soon as it is up. `/sleep` puts it to sleep again; Ctrl-C ends it all.

const port = await freePort();
const program = [process.execPath, join(import.meta.dirname, "sleeper.ts"), String(port)];

const wiki = createMonitoredService({
  name: "wiki",
  url: `http://127.0.0.1:${port}`,
  graceMs: 5_000,
  // Once in five seconds at most: it takes a moment to start. It goes on in the background.
  onDown: rateLimitTrigger(
    execTrigger({ command: "/bin/sh", args: ["-c", '"$@" > /dev/null 2>&1 &', "sh", ...program] }),
    { max: 1, periodMs: 5_000 },
  ),
});
wiki.on("state", ({ from, to }) => console.log(`${from} -> ${to}`));

const guard = createGuard(wiki);
const server = createHttpServer(guard.handler).listen(
  Number(process.env["PORT"] ?? 0),
  "127.0.0.1",
);
guard.attach(server);
await once(server, "listening");
console.log(`The wiki is at http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    guard.close();
    server.closeAllConnections();
    wiki.close();
    // Nobody else ends it; it may be asleep already.
    fetch(`${wiki.url.origin}/sleep`).catch(() => undefined);
  });
}

async function freePort(): Promise<number> {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const address = free.address() as AddressInfo;
  free.close();
  await once(free, "close");
  return address.port;
}
