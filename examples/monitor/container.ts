import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMonitoredService, type Trigger } from "taskmon/monitor";

// A trigger of your own: it starts a container by the Docker daemon's socket. A server of the example stands
// for the daemon here; for the real one, leave `socketPath` out.

/** Starts a container, or does nothing where it runs already. */
export function containerTrigger(name: string, socketPath = "/var/run/docker.sock"): Trigger {
  const path = `/containers/${encodeURIComponent(name)}/start`;
  return {
    async trigger({ signal }) {
      const asked = request({ socketPath, method: "POST", path, signal }).end();
      const [response] = (await once(asked, "response", { signal })) as [IncomingMessage];
      response.resume();
      // By Docker's API: 204 started it, 304 found it running.
      const { statusCode } = response;
      if (statusCode !== 204 && statusCode !== 304) {
        throw new Error(`The daemon answered ${statusCode} for the container ${name}`);
      }
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), "docker-"));
const socketPath = join(folder, "docker.sock");
let runs = false;
const daemon = createServer(({ method, url }, response) => {
  console.log(`the daemon: ${method} ${url}`);
  const isKnown = url === "/containers/wiki/start";
  response.writeHead(isKnown ? (runs ? 304 : 204) : 404).end();
  runs ||= isKnown;
}).listen(socketPath);
await once(daemon, "listening");

for (const name of ["wiki", "wiki", "gone"]) {
  const service = createMonitoredService({
    name,
    url: "http://127.0.0.1:8080",
    probe: () => ({ status: runs ? "pass" : "fail" }),
    onDown: containerTrigger(name, socketPath),
    onUp: containerTrigger(name, socketPath),
  });
  const fired = new Promise<string>((resolve) => {
    service.on("trigger", ({ slot, outcome, error }) =>
      resolve(`${slot} ${outcome}${error === undefined ? "" : `: ${error.message}`}`),
    );
  });
  service.wake({ decision: (await service.status()) ? "forwarded" : "unavailable" });
  console.log(await fired);
  service.close();
}

daemon.close();
rmSync(folder, { recursive: true });
