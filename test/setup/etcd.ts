import { join } from "node:path";
import type { Program } from "./programs.ts";
import { freePort, startServer, type Server } from "./servers.ts";
import { programPath } from "./test-run.ts";

/** What {@link startEtcd} needs on the machine. */
export const etcdPrograms: readonly Program[] = [{ name: "etcd", apt: "etcd-server" }];

/** A real etcd of one member. */
export interface EtcdServer extends Server {
  /** `http://127.0.0.1:…` */
  readonly url: string;
}

/** Starts an empty etcd. It stops with the test run at the latest. */
export async function startEtcd(): Promise<EtcdServer> {
  const peer = `http://127.0.0.1:${await freePort()}`;
  const server = await startServer({
    name: "etcd",
    program: programPath("etcd"),
    args: ({ folder, port }) => [
      ...["--data-dir", join(folder, "data"), "--log-level", "error"],
      ...["--listen-client-urls", url(port), "--advertise-client-urls", url(port)],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", `default=${peer}`],
      // The shortest lease follows from the time that an election takes: one second.
      ...["--heartbeat-interval", "50", "--election-timeout", "500"],
    ],
    ready: async ({ port }) => {
      const response = await fetch(`${url(port)}/health`);
      return (await response.text()).includes('"health":"true"');
    },
  });
  return { ...server, url: url(server.port) };
}

function url(port: number): string {
  return `http://127.0.0.1:${port}`;
}
