import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Probe, ProbeResult } from "../../../src/probe/contract.ts";
import { type TargetInput, targetOf } from "../../../src/probe/target.ts";
import { systemClock } from "../../../src/shared/clock.ts";

const clock = systemClock();

/** Runs a probe once, with a time that a healthy run never needs. */
export async function ask<D>(
  probe: Probe<D>,
  target: TargetInput,
  timeoutMs = 10_000,
): Promise<ProbeResult<D>> {
  return probe.run(targetOf(target), { signal: AbortSignal.timeout(timeoutMs), timeoutMs, clock });
}

/** `pass`, or the type of the error. */
export function verdict({ success, error }: ProbeResult): string {
  if (success) return "pass";
  const { type, code } = error as { readonly type?: string; readonly code?: string };
  return type ?? code ?? String(error);
}

/** Little time where the target is to run out of it, and plenty where it is to fail sooner. */
export function patience(type: string): number {
  return type === "timeout" ? 300 : 10_000;
}

/** A loopback address of each family. */
export const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/** Starts listening on a free port, until the test ends. */
export async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    if (server.listening) await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** A TCP server that does this with each connection. */
export async function tcpServer(
  onConnection: (socket: Socket) => void,
  host = "127.0.0.1",
): Promise<number> {
  return listen(createServer(onConnection), host);
}

/** `host:port`, with the brackets of IPv6. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
