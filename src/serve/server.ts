import { once } from "node:events";
import type { RequestListener } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../shared/clock.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { ServerTls } from "./tls.ts";

/** A server that listens, and keeps no process alive. */
export interface Listening {
  readonly port: number;
  /**
   * Takes these keys and certificates for connections from now on.
   * @throws the error of TLS; the old ones stay in use
   */
  renew(tls: ServerTls): void;
  /** Calls back once where the server stops listening by itself. */
  onFailure(listener: (error: unknown) => void): void;
  /**
   * Takes no more connections, closes idle ones, waits `timeoutMs` for requests under way and then
   * cuts them off. Never rejects.
   * @returns how many connections it cut off
   */
  close(clock: Clock, timeoutMs: number): Promise<number>;
}

/** Further options of a server. */
export interface ListenOptions {
  /** More are refused. @default no limit */
  readonly maxConnections?: number;
  /** Called at each new connection, before its handshake. Must not throw. */
  readonly beforeConnection?: () => void;
}

/** @throws the error of `listen`, such as `EADDRINUSE`, or the error of TLS about keys and certificates */
export async function listen(
  address: { readonly host: string; readonly port: number },
  tls: ServerTls | undefined,
  listener: RequestListener,
  { maxConnections, beforeConnection }: ListenOptions = {},
): Promise<Listening> {
  /** All connections, and those with a request in progress. A TLS connection appears as two objects. */
  const sockets = new Map<string, Socket>();
  const busy = new Set<string>();
  let closing = false;
  const onRequest: RequestListener = (request, response) => {
    const peer = peerOf(request.socket);
    busy.add(peer);
    response.once("close", () => {
      busy.delete(peer);
      if (closing) sockets.get(peer)?.destroySoon();
    });
    listener(request, response);
  };
  // Not imported: an import would load Node's undici, and make it the one that the program's fetch uses.
  const server =
    tls === undefined
      ? process.getBuiltinModule("node:http").createServer(onRequest)
      : process.getBuiltinModule("node:https").createServer(secure(tls), onRequest);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  if (beforeConnection !== undefined) server.prependListener("connection", beforeConnection);
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    sockets.set(peer, socket);
    socket.once("close", () => sockets.delete(peer));
    // Prometheus keeps its connection open between scrapes.
    socket.unref();
  });
  server.unref();
  // Not shared by the workers of a cluster: each scrape would meet another one of them.
  server.listen({ ...address, exclusive: true });
  await once(server, "listening");
  // An error without a listener would end the process.
  server.on("error", () => {});
  return {
    port: (server.address() as AddressInfo).port,
    renew: (renewed) => (server as HttpsServer).setSecureContext(secure(renewed)),
    onFailure(report) {
      server.once("error", report);
      server.once("close", () => {
        if (!closing) report(new Error("the server was closed"));
      });
    },
    async close(clock, timeoutMs) {
      closing = true;
      if (!server.listening) return 0;
      const closed = once(server, "close");
      // The caller waits for this, so for now they do keep the process alive.
      server.close();
      for (const [peer, socket] of sockets) {
        if (busy.has(peer)) socket.ref();
        else socket.destroy();
      }
      let cut = 0;
      const cancel = clock.after(timeoutMs, () => {
        cut = sockets.size;
        for (const socket of sockets.values()) socket.destroy();
      });
      // A cut connection closes at once. We do not wait for one that does not.
      const wait = withTimeout(
        clock,
        "The end of a server",
        timeoutMs + AFTER_CUT_MS,
        () => closed,
      );
      await wait.catch(() => undefined);
      cancel();
      return cut;
    },
  };
}

/** How long the server's end is waited for after its connections were cut. */
const AFTER_CUT_MS = 1_000;

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function secure({ key, cert, passphrase, clientCa }: ServerTls): object {
  return {
    key,
    cert,
    minVersion: "TLSv1.2",
    ...(passphrase !== undefined && { passphrase }),
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}
