import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Answer, decode, encode, type Packet, type Question } from "dns-packet";
import { onTestFinished } from "vitest";

/** What a name server answers: a packet's parts, raw bytes, or nothing at all. */
export type NameAnswer = Packet | Buffer | undefined;

/** Makes the answer to a question. */
export type Naming = (question: Question, packet: Packet) => NameAnswer;

/** The flags of an answer, by dns-packet's numbers: AA, TC, and the code. */
export const FLAGS = { AA: 1 << 10, TC: 1 << 9, RA: 1 << 7, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/** The address records of a name. */
export function addresses(name: string, ...data: readonly string[]): Answer[] {
  return data.map((address): Answer => {
    return { type: address.includes(":") ? "AAAA" : "A", name, ttl: 60, data: address };
  });
}

/** An open name server. */
export interface NameServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A name server on UDP, until the test ends. Answers its port. */
export async function udpNameServer(naming: Naming, host?: string): Promise<number> {
  const { port, close } = await openUdpNameServer(naming, host);
  onTestFinished(close);
  return port;
}

/** A name server on UDP, until it is closed. */
export async function openUdpNameServer(naming: Naming, host = "127.0.0.1"): Promise<NameServer> {
  const socket: UdpSocket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (message: Buffer, { port, address }: RemoteInfo) => {
    const bytes = answered(naming, message);
    if (bytes !== undefined) socket.send(bytes, port, address);
  });
  socket.bind(0, host);
  await once(socket, "listening");
  return { port: socket.address().port, close: async () => void socket.close() };
}

/** How a name server on TCP listens. */
export interface TcpNameServerOptions {
  /** Speaks TLS with these. @default it does not */
  readonly tls?: TlsOptions;
  /** @default "127.0.0.1" */
  readonly host?: string;
}

/** A name server on TCP, or over TLS, until the test ends. Answers its port. */
export async function tcpNameServer(
  naming: Naming,
  options?: TcpNameServerOptions,
): Promise<number> {
  const { port, close } = await openTcpNameServer(naming, options);
  onTestFinished(close);
  return port;
}

/** A name server on TCP, or over TLS, until it is closed. */
export async function openTcpNameServer(
  naming: Naming,
  options: TcpNameServerOptions = {},
): Promise<NameServer> {
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let buffer: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
        const end = 2 + buffer.readUInt16BE(0);
        const bytes = answered(naming, buffer.subarray(2, end));
        buffer = buffer.subarray(end);
        if (bytes === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([length, bytes]));
      }
    });
  };
  const server =
    options.tls === undefined
      ? createServer(onConnection)
      : createTlsServer(options.tls, onConnection).on("tlsClientError", () => undefined);
  server.listen(0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function answered(naming: Naming, message: Buffer): Buffer | undefined {
  const packet = decode(message);
  const question = packet.questions![0]!;
  const answer = naming(question, packet);
  if (answer === undefined || Buffer.isBuffer(answer)) return answer;
  return encode({ id: packet.id!, type: "response", questions: packet.questions!, ...answer });
}
