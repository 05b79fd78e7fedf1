import { fork } from "node:child_process";
import { join } from "node:path";

/** What observes the requests of a server. */
export type ServerKind = "bare" | "taskmon" | "taskmon, instruments" | "instrumentation-http";

/** What answers the requests. */
export type Framework = "node:http" | "express" | "fastify";

/** What the server is asked for, and answers with a number. */
export type Question = "port" | "cpuMicros" | "measuredRequests";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly kind: ServerKind;
  readonly port: number;
  /** The CPU time that the process has used, in microseconds. */
  cpuMicros(): Promise<number>;
  /** The requests that its metrics have counted. */
  measuredRequests(): Promise<number>;
  stop(): void;
}

/** Starts a server that listens. */
export async function startServer(kind: ServerKind, framework: Framework): Promise<ServerProcess> {
  // A process manager would say the same to a program in production.
  const env = { ...process.env, NODE_ENV: "production" };
  const child = fork(join(import.meta.dirname, "server.ts"), [kind, framework], { env });
  const ask = (question: Question): Promise<number> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`The server ${kind} ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (answer) => {
        child.removeListener("exit", onExit);
        resolve(answer as number);
      });
      child.send(question);
    });
  return {
    kind,
    port: await ask("port"),
    cpuMicros: () => ask("cpuMicros"),
    measuredRequests: () => ask("measuredRequests"),
    stop: () => child.disconnect(),
  };
}
