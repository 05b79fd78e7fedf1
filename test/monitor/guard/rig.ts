import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import {
  createMonitoredService,
  type Guard,
  createGuard,
  type GuardOptions,
  type MonitoredService,
} from "../../../src/monitor/index.ts";
import type { MonitoredServiceOptions } from "../../../src/monitor/options.ts";

/** A guard with a server in front of it and a service behind it, all on real sockets. */
export interface Rig extends AsyncDisposable {
  readonly service: MonitoredService;
  readonly guard: Guard;
  readonly server: Server;
  /** Where clients reach the guard. */
  readonly port: number;
  /** Where the guard reaches the service. */
  readonly upstreamPort: number;
}

/** A listener of HTTP, which may take its time. */
export type Upstream = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What a rig is made of. */
export interface RigOptions {
  /** The service: a listener of HTTP, or a TCP server that says what it likes. */
  readonly upstream: Upstream | { readonly raw: (socket: Socket) => void } | number;
  readonly guard?: GuardOptions;
  readonly service?: Partial<MonitoredServiceOptions>;
  /** Whether the guard takes the server's events too. @default true */
  readonly attach?: boolean;
  readonly path?: string;
  /** Prepares the service's server. */
  readonly prepare?: (upstream: Server) => void;
}

/** Up unless told otherwise; every server ends with the rig. */
export async function rig({
  upstream,
  guard: guardOptions,
  service: serviceOptions,
  attach = true,
  path = "",
  prepare,
}: RigOptions): Promise<Rig> {
  const behind = typeof upstream === "number" ? undefined : serverFor(upstream, prepare);
  const upstreamPort = behind === undefined ? (upstream as number) : await listening(behind);
  const service = createMonitoredService({
    name: "wiki",
    url: `http://127.0.0.1:${upstreamPort}${path}`,
    probe: () => undefined,
    graceMs: 60_000,
    floorMs: 0,
    ...serviceOptions,
  });
  const guard = createGuard(service, guardOptions);
  const server = createServer(guard.handler);
  if (attach) guard.attach(server);
  const port = await listening(server);
  return {
    ...{ service, guard, server, port, upstreamPort },
    async [Symbol.asyncDispose]() {
      guard.close();
      service.close();
      await Promise.all([closed(server), behind === undefined ? undefined : closed(behind)]);
    },
  };
}

const sockets = new WeakMap<object, Set<Socket>>();

/** A server of any kind. */
export type Listenable = Pick<NetServer, "on" | "listen" | "address" | "close" | "listening">;

/** Listens on a free port of 127.0.0.1. */
export async function listening(server: Listenable): Promise<number> {
  const open = new Set<Socket>();
  sockets.set(server, open);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server as NetServer, "listening");
  return (server.address() as AddressInfo).port;
}

/** Ends a server and every connection of it. */
export async function closed(server: Listenable): Promise<void> {
  if (!server.listening) return;
  const ended = once(server as NetServer, "close");
  server.close();
  for (const socket of sockets.get(server) ?? []) socket.destroy();
  await ended;
}

function serverFor(
  upstream: Upstream | { readonly raw: (socket: Socket) => void },
  prepare: RigOptions["prepare"],
): Server | ReturnType<typeof createNetServer> {
  if (typeof upstream !== "function") return createNetServer(upstream.raw);
  const server = createServer((request, response) => void upstream(request, response));
  prepare?.(server);
  return server;
}

/** An answer as a client read it, whole or until it broke off. */
export interface Read {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: string[];
  readonly body: string;
  readonly trailers: IncomingMessage["trailers"];
  /** Whether all of it came. */
  readonly complete: boolean;
}

/** Asks, and reads all that comes. */
export async function ask(
  port: number,
  options: RequestOptions = {},
  body?: string | Buffer,
): Promise<Read> {
  const request = httpRequest({ host: "127.0.0.1", port, agent: false, ...options });
  const { promise, resolve, reject } = Promise.withResolvers<Read>();
  let answer: IncomingMessage | undefined;
  request.on("error", (error) => {
    if (answer === undefined) reject(error);
  });
  request.on("response", (response) => {
    answer = response;
    void read(response).then(resolve, reject);
  });
  request.end(body);
  return promise;
}

/** Reads an answer until its end, or until it breaks off. */
export async function read(answer: IncomingMessage): Promise<Read> {
  const chunks: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  answer.on("error", () => undefined);
  // Not `once`, which takes an error for the end.
  await new Promise((resolve) => answer.on("close", resolve));
  return {
    status: answer.statusCode ?? 0,
    ...{ headers: answer.headers, rawHeaders: answer.rawHeaders, trailers: answer.trailers },
    ...{ body: Buffer.concat(chunks).toString("latin1"), complete: answer.complete },
  };
}

/** Sends bytes as they are, and gives all that comes back until the other side ends. */
export async function raw(port: number, bytes: string, end = false): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(bytes, "latin1");
  if (end) socket.end();
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** Reads a stream's bytes. */
export async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
