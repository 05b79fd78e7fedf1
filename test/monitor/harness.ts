import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createMonitoredService, type MonitoredService } from "../../src/monitor/index.ts";
import type { MonitoredServiceOptions } from "../../src/monitor/options.ts";
import { manualClock, type ManualClock } from "../../src/testing/index.ts";

/** A service whose probe a test answers, on a clock that it moves. */
export interface Staged {
  readonly clock: ManualClock;
  readonly service: MonitoredService;
  /** How often it was probed. */
  readonly probes: () => number;
  /** What the next probes find: an error is thrown by the check. */
  answer(found: "up" | Error): void;
}

/** A service at hand, up unless told otherwise. */
export function staged(options: Partial<MonitoredServiceOptions> = {}): Staged {
  const clock = manualClock();
  let probes = 0;
  let found: "up" | Error = "up";
  const service = createMonitoredService({
    name: "wiki",
    url: "http://wiki.example",
    probe: () => {
      probes++;
      if (found !== "up") throw found;
    },
    clock,
    ...options,
  });
  return { clock, service, probes: () => probes, answer: (next) => void (found = next) };
}

/** A real TCP server that a test starts and stops, always at one port. */
export class Flaky implements AsyncDisposable {
  readonly host: string;
  port = 0;
  accepted = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(host = "127.0.0.1") {
    this.host = host;
  }

  async up(): Promise<this> {
    const server = createServer((socket) => {
      this.accepted++;
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    });
    server.listen(this.port, this.host);
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (server === undefined) return;
    server.close();
    await once(server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }
}
