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
  /** Used instead of resolving `host`. */
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

/** Resolves a host, as the phase `dns`. */
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

/** Connects, as the phase `connect`. The caller must close the connection. */
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
  // An error event without a listener would end the process. The socket's users have their own listeners.
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

/** The TLS stream over a socket. */
const above = new WeakMap<Socket, Duplex>();

/** Registers the TLS stream over a socket. */
export function speaksOver(socket: Socket, stream: Duplex): void {
  above.set(socket, stream);
}

/**
 * Ends a connection with a reset, so that it does not spend a minute in TIME_WAIT: ten thousand probes
 * every ten seconds would use up the ports. Data that the other side has not read yet is lost.
 *
 * If the other side ended the connection first, we close it in the usual way, which causes no TIME_WAIT either:
 * libuv refuses to reset after a shutdown, and Node.js then loses the handle without closing it.
 */
export function closeNow(socket: Socket): void {
  if (socket.destroyed) return;
  const top = above.get(socket) ?? socket;
  // TLS notices the reset itself. Destroying it here would crash Node.js 24, because its handle is already gone.
  if (!socket.writableEnded && !top.writableEnded) socket.resetAndDestroy();
  else top.destroy();
}

/** The error if the other side closes the connection too early. */
export function closedEarly(what: string): ProbeError {
  return new ProbeError("connection_closed", `The connection was closed before ${what}`);
}
