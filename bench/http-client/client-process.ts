import { fork } from "node:child_process";
import { join } from "node:path";

/** How requests are sent. */
export type Api = "http.get" | "fetch";

/** What observes them. */
export type ClientKind = "bare" | "taskmon" | "taskmon, instruments" | "upstream";

/** What a client is asked for. */
export type Question =
  | { readonly send: number; readonly port: number }
  | { readonly measured: true };

/** A client in a process of its own. */
export interface ClientProcess {
  readonly kind: ClientKind;
  /**
   * Sends requests to a server of this host.
   * @returns the CPU time that this took, in microseconds
   */
  send(requests: number, port: number): Promise<number>;
  /** The requests that its metrics have counted. */
  measuredRequests(): Promise<number>;
  stop(): void;
}

/** Starts a client that waits to be told. */
export function startClient(api: Api, kind: ClientKind): ClientProcess {
  const child = fork(join(import.meta.dirname, "client.ts"), [api, kind]);
  const ask = (question: Question): Promise<number> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`The client ${kind} ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (answer) => {
        child.removeListener("exit", onExit);
        resolve(answer as number);
      });
      child.send(question);
    });
  return {
    kind,
    send: (send, port) => ask({ send, port }),
    measuredRequests: () => ask({ measured: true }),
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}
