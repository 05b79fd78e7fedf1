import type { Agent, ClientRequest, RequestOptions } from "node:http";
import type * as Http from "node:http";
import type * as Https from "node:https";
import type { Socket } from "node:net";
import { namedPeer } from "../../shared/named-peer.ts";
import { readFirst } from "./read-first.ts";
import type { RequestHead } from "./request-head.ts";
import type { ForwardSettings } from "./settings.ts";

/** Sends requests to one service, over a pool of connections. */
export class Link {
  readonly settings: ForwardSettings;
  readonly #service: string;
  #made: Agent | undefined;
  #request: typeof Http.request | undefined;

  /** @param service names it in client metrics */
  constructor(service: string, settings: ForwardSettings) {
    this.#service = service;
    this.settings = settings;
  }

  /**
   * Begins a request. Nothing is sent yet.
   * @param alone whether it gets a new connection of its own
   * @throws the error of Node.js if the head is invalid
   */
  send({ method, path, headers }: RequestHead, alone: boolean): ClientRequest {
    const { target, tls } = this.settings;
    const options: RequestOptions = {
      ...{ method, path, headers },
      ...{ host: target.hostname, port: target.port, protocol: target.url.protocol },
      agent: alone ? false : this.#agent,
      // The name of the service, not the Host that the client sent.
      ...(target.secure && {
        servername: isAddress(target.hostname) ? "" : target.hostname,
        ...tls,
      }),
    };
    const request = this.#load();
    return namedPeer(this.#service, () => request(options));
  }

  /** Ends the idle connections. */
  close(): void {
    this.#made?.destroy();
    this.#made = undefined;
  }

  get #agent(): Agent {
    const { agent, maxConnections: maxSockets } = this.settings;
    if (agent !== undefined) return agent;
    // Last in, first out: the connection used last is the least likely to be stale, and the others can expire.
    const options = { keepAlive: true, scheduling: "lifo" as const, maxSockets };
    if (this.#made !== undefined) return this.#made;
    const made = new (this.#module().Agent)(options);
    const { Socket } = process.getBuiltinModule("node:net");
    const connect = made.createConnection.bind(made);
    made.createConnection = (...args) => {
      const socket = connect(...args);
      return socket instanceof Socket ? readFirst(socket) : socket;
    };
    return (this.#made = made);
  }

  #load(): typeof Http.request {
    return (this.#request ??= this.#module().request);
  }

  // Not a static import: that would load Node's undici and make it the one that the program's fetch uses.
  #module(): typeof Http | typeof Https {
    return process.getBuiltinModule(this.settings.target.secure ? "node:https" : "node:http");
  }
}

/** Calls `onTimeout` if the connection takes too long. A connection that exists already costs nothing. */
export function watchConnecting(
  upstream: ClientRequest,
  { clock, connectTimeoutMs, target }: ForwardSettings,
  onTimeout: () => void,
): void {
  upstream.once("socket", (socket: Socket) => {
    if (!socket.connecting) return;
    const cancel = clock.after(connectTimeoutMs, onTimeout);
    socket.once(target.secure ? "secureConnect" : "connect", cancel);
    socket.once("close", cancel);
  });
}

function isAddress(hostname: string): boolean {
  return hostname.includes(":") || /^[\d.]+$/.test(hostname);
}
