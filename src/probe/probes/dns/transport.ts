import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { TlsDetails } from "../../net/certificate.ts";
import { closedEarly, closeNow, connectTo } from "../../net/connect.ts";
import type { ResolvedAddress } from "../../net/resolver.ts";
import type { ProbeTlsOptions } from "../../net/secure.ts";
import { StreamReader, written } from "../../net/stream.ts";
import type { Attempt } from "../attempt.ts";
import { upgrade } from "../upgrade.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly sourceAddress: string | undefined;
}

/** The longest message of DNS, in bytes. */
const MAX_MESSAGE = 65_535;

/**
 * Sends a question in a packet, and returns the first packet with the same id. The socket is connected, so that it
 * receives only packets of this server, and reports a refused connection.
 */
export async function askOverUdp(
  run: Attempt<object>,
  { address, family }: ResolvedAddress,
  { port, sourceAddress }: Endpoint,
  packet: Buffer,
): Promise<Buffer> {
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  const failed = new Promise<never>((_, reject) => {
    socket.on("error", reject);
    run.defer(() => {
      socket.close();
      reject(closedEarly("it answered"));
    });
  });
  failed.catch(() => undefined);
  run.phases.begin("connect");
  if (sourceAddress !== undefined) socket.bind(0, sourceAddress);
  socket.connect(port, address);
  await Promise.race([once(socket, "connect", { signal: run.signal }), failed]);
  const answered = new Promise<Buffer>((resolve) => {
    socket.on("message", (message) => {
      // A late answer to an older question may arrive at the same port.
      if (message.length >= 12 && message.readUInt16BE(0) === packet.readUInt16BE(0))
        resolve(message);
    });
  });
  run.phases.begin("write");
  socket.send(packet, () => {
    if (run.phases.current === "write") run.phases.begin("first_byte");
  });
  return Promise.race([answered, failed]);
}

/** Sends a question over a connection, after its length (RFC 1035, section 4.2.2), and reads one answer. */
export async function askOverTcp(
  run: Attempt<{ tls?: TlsDetails }>,
  resolved: ResolvedAddress,
  endpoint: Endpoint,
  packet: Buffer,
  tls: ProbeTlsOptions | undefined,
): Promise<Buffer> {
  const { socket } = await connectTo(resolved, endpoint, run.phases, run.signal);
  run.defer(() => closeNow(socket));
  const stream = tls === undefined ? socket : await upgrade(run, socket, endpoint.host, tls);
  const reader = new StreamReader(stream, MAX_MESSAGE + 2);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  run.phases.begin("write");
  await written(stream, Buffer.concat([length, packet]));
  run.phases.begin("first_byte");
  await reader.firstByte();
  run.phases.begin("transfer");
  return reader.bytes((await reader.bytes(2)).readUInt16BE(0));
}
