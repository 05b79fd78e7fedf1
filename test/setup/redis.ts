import { createConnection } from "node:net";
import { once } from "node:events";
import type { Program } from "./programs.ts";
import { startServer, type Server } from "./servers.ts";
import { programPath } from "./test-run.ts";

/** What {@link startRedis} needs on the machine. */
export const redisPrograms: readonly Program[] = [{ name: "redis-server", apt: "redis-server" }];

/** A real Redis server. */
export interface RedisServer extends Server {
  /** `redis://127.0.0.1:…` */
  readonly url: string;
}

/** Options of {@link startRedis}. */
export interface RedisServerOptions {
  /** More settings, as on the command line: `["--appendonly", "yes"]`. */
  readonly args?: readonly string[];
  /** Whether it is a cluster, of this one server. @default false */
  readonly isCluster?: boolean;
}

/** Starts a Redis that keeps nothing on the disk. It stops with the test run at the latest. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startServer({
    name: "redis",
    program: programPath("redis-server"),
    args: ({ port }) => [
      ...["--port", String(port), "--bind", "127.0.0.1"],
      ...["--save", "", "--appendonly", "no"],
      ...(options.isCluster
        ? ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"]
        : []),
      ...(options.args ?? []),
    ],
    ready: async ({ port }) => {
      if (options.isCluster) await command(port, "CLUSTER ADDSLOTSRANGE 0 16383");
      const answer = await command(port, options.isCluster ? "CLUSTER INFO" : "PING");
      return answer.includes(options.isCluster ? "cluster_state:ok" : "PONG");
    },
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}

/** The answer to an inline command, over a connection of its own. */
export async function command(port: number, line: string): Promise<string> {
  const socket = createConnection(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write(`${line}\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}
