import { connect, createServer } from "node:net";
import { once } from "node:events";
import { Health, healthFetch } from "taskmon/health";
import { createProbes, type Probe } from "taskmon/probe";

// Probes two targets with a probe of our own, and answers for them over HTTP as a group of health checks.

// The probe ends its connections by a reset, which is an error to this side.
const server = createServer((socket) => void socket.on("error", () => undefined));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as { port: number };

/** Whether something accepts connections. */
const accepts: Probe = {
  type: "accepts",
  async run({ host, port: to }, { signal }) {
    const socket = connect({ host: host!, port: to!, signal });
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", { signal });
      return { success: true };
    } finally {
      socket.resetAndDestroy();
    }
  },
};

const probes = createProbes();
probes.add({
  name: "backends",
  probe: accepts,
  targets: [`127.0.0.1:${port}`, "127.0.0.1:1"],
  intervalMs: 10_000,
  timeoutMs: 2_000,
});

for (const { target, state, error } of await probes.run("backends")) {
  const name = target.port === port ? "the server" : target.name;
  console.log(`${name}: ${error === undefined ? state : `${state}, ${error.message}`}`);
}

const health = new Health();
health.register("backends", probes.check("backends", "any"));
await health.run("backends");
const answer = healthFetch(health)(new Request("http://localhost/readyz"));
console.log(answer?.status, (await answer?.text())?.trim());

await Promise.all([probes.stop(), health.shutdown()]);
server.close();
