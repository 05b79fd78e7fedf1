import { fork } from "node:child_process";
import { join } from "node:path";

/** What forwards. */
export type ProxyKind =
  | "taskmon"
  | "taskmon, undici"
  /** Of a service that is down. */
  | "taskmon, asleep"
  | "http-proxy-3"
  | "httpxy"
  | "@fastify/http-proxy";

/** A proxy in a process of its own. */
export interface ProxyProcess {
  readonly kind: ProxyKind;
  readonly port: number;
  /** The CPU time that the process has used, in microseconds. */
  cpuMicros(): Promise<number>;
  stop(): void;
}

/** Starts a proxy that listens. */
export async function startProxy(kind: ProxyKind, upstreamPort: number): Promise<ProxyProcess> {
  const child = fork(join(import.meta.dirname, "proxy.ts"), [kind, String(upstreamPort)], {
    env: { ...process.env, NODE_ENV: "production" },
  });
  const ask = (question: "port" | "cpuMicros"): Promise<number> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`The proxy ${kind} ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (answer) => {
        child.removeListener("exit", onExit);
        resolve(answer as number);
      });
      child.send(question);
    });
  return {
    ...{ kind, port: await ask("port") },
    cpuMicros: () => ask("cpuMicros"),
    stop: () => child.disconnect(),
  };
}
