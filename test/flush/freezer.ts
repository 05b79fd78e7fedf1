import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request as ask, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inject } from "vitest";
import { bundled } from "../setup/bundled.ts";
import { forget, remember } from "../setup/leftovers.ts";
import { childEnvironment } from "../setup/run.ts";
import type { ServiceOptions } from "./fixtures/service.ts";

/** A service that has the CPU only while a request is open. */
export interface FrozenService extends AsyncDisposable {
  /** Where requests reach it, and wake it. */
  readonly url: string;
  /** The requests that it has answered. */
  readonly served: number;
  /** What it said on its standard error. */
  readonly said: string;
  /** Whether it is stopped now. */
  readonly isFrozen: boolean;
  /** How often it was stopped. */
  readonly stops: number;
}

/**
 * Starts a service behind a front that does what serverless platforms do: SIGCONT when a request comes
 * and none is open, SIGSTOP at once when the last open one has its whole response.
 */
export async function startFrozen(options: ServiceOptions): Promise<FrozenService> {
  const { folder } = inject("testRun");
  const program = await bundled(join(import.meta.dirname, "fixtures/service.ts"));
  const child = fork(program, [JSON.stringify(options)], {
    env: childEnvironment(),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  remember(folder, child.pid!);
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [port] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error(`The service ended: ${said}`))),
  ])) as [number];
  const agent = new Agent({ keepAlive: true });
  const state = { served: 0, stops: 0, isFrozen: false };
  const server = front(child, port, agent, state);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  freeze(child, state);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get served() {
      return state.served;
    },
    get stops() {
      return state.stops;
    },
    get isFrozen() {
      return state.isFrozen;
    },
    get said() {
      return said;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      forget(folder, child.pid!);
    },
  };
}

interface State {
  served: number;
  stops: number;
  isFrozen: boolean;
}

function freeze(child: ChildProcess, state: State): void {
  state.isFrozen = true;
  state.stops++;
  child.kill("SIGSTOP");
}

function front(child: ChildProcess, port: number, agent: Agent, state: State): Server {
  let open = 0;
  return createServer((incoming, outgoing) => {
    if (open++ === 0) {
      state.isFrozen = false;
      child.kill("SIGCONT");
    }
    const over = (): void => {
      if (--open === 0) freeze(child, state);
    };
    const request = ask({ host: "127.0.0.1", port, agent, path: incoming.url }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        state.served++;
        over();
        outgoing.writeHead(response.statusCode!).end(Buffer.concat(parts));
      });
    });
    request.on("error", () => {
      over();
      outgoing.writeHead(502).end();
    });
    request.end();
  });
}
