import { once } from "node:events";
import type { Socket } from "node:net";
import { ProbeError } from "../errors.ts";
import type { Phases } from "./phases.ts";
import type { Duplex } from "node:stream";
import type { AddressFamily, ProbeResolver, ResolvedAddress } from "./resolver.ts";

/** Where to connect, and how. */
export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** In place of what `host` resolves to. */
  readonly address?: string | undefined;
  readonly family: AddressFamily;
  readonly resolver: ProbeResolver;
  /** The address of this machine to connect from. @default the system's choice */
  readonly sourceAddress?: string | undefined;
}

/** An open connection. */
export interface TcpConnection extends ResolvedAddress {
  readonly socket: Socket;
}

/** The address of a host; the time is that of the phase `dns`. */
export async function resolveAddress(
  { host, address, family, resolver }: Omit<ConnectOptions, "port">,
  phases: Phases,
  signal: AbortSignal,
): Promise<ResolvedAddress> {
  phases.begin("dns");
  const resolved = await resolver.resolve(address ?? host, family, signal);
  phases.end();
  return resolved;
}

/** Connects; the time is that of the phase `connect`. The caller closes what it gets. */
export async function connectTo(
  { address, family }: ResolvedAddress,
  { port, sourceAddress }: Pick<ConnectOptions, "port" | "sourceAddress">,
  phases: Phases,
  signal: AbortSignal,
): Promise<TcpConnection> {
  signal.throwIfAborted();
  phases.begin("connect");
  const { connect } = process.getBuiltinModule("node:net");
  const socket = connect({
    host: address,
    port,
    family,
    noDelay: true,
    ...(sourceAddress !== undefined && { localAddress: sourceAddress }),
  });
  // Whoever uses the socket hears of errors its own way; one that nobody awaits must not end the process.
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  phases.end();
  return { socket, address, family };
}

/** What speaks over a socket in its place: TLS. */
const above = new WeakMap<Socket, Duplex>();

/** Notes that `stream` speaks over a socket from now on. */
export function speaksOver(socket: Socket, stream: Duplex): void {
  above.set(socket, stream);
}

/**
 * Ends a connection by a reset, so that it does not wait for a minute in TIME_WAIT: ten thousand probes
 * every ten seconds would use up the ports. What the other side has not read by then is lost.
 *
 * A connection whose other side ended it first is closed in the usual way, and does not wait either: libuv
 * refuses to reset after a shutdown, and Node.js then loses the handle without closing it.
 */
export function closeNow(socket: Socket): void {
  if (socket.destroyed) return;
  const top = above.get(socket) ?? socket;
  // TLS hears of the reset by itself; to destroy it here crashes Node.js 24, whose handle is gone by then.
  if (!socket.writableEnded && !top.writableEnded) socket.resetAndDestroy();
  else top.destroy();
}

/** The error where the other side closed the connection in the middle. */
export function closedEarly(what: string): ProbeError {
  return new ProbeError("connection_closed", `The connection was closed before ${what}`);
}
