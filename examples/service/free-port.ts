import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** A port that nobody listened on a moment ago: `PrometheusExporter` takes port 0 for its default. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
