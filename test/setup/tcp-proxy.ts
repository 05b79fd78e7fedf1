import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy between a client and a server on 127.0.0.1, which a test makes misbehave. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** How long each piece of an answer is kept back, in milliseconds. Requests pass at once. */
  delayMs: number;
  /**
   * Cuts the connection on which the next answer comes, before it is passed on.
   * @returns when that has happened
   */
  cutAtNextAnswer(): Promise<void>;
  /** Cuts the connection on which the nth answer from now on comes, before it is passed on; 0 for none. */
  cutAtAnswer(nth: number): void;
  /** Cuts all connections, and refuses new ones until {@link heal}. */
  cut(): void;
  heal(): void;
  stop(): Promise<void>;
}

/** Starts a proxy to a port. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let answersUntilCut = 0;
  let onCut: (() => void) | undefined;

  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = createConnection(serverPort, "127.0.0.1");
    const end = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket.on("error", end).on("close", end));
    }
    client.pipe(upstream);
    upstream.on("data", (data) => {
      if (answersUntilCut > 0 && --answersUntilCut === 0) {
        end();
        onCut?.();
      } else if (proxy.delayMs === 0) client.write(data);
      else setTimeout(() => client.writable && client.write(data), proxy.delayMs);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    cut();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    cutAtNextAnswer() {
      answersUntilCut = 1;
      return new Promise((resolve) => (onCut = resolve));
    },
    cutAtAnswer: (nth) => void (answersUntilCut = nth),
    cut,
    heal: () => void (isCut = false),
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return proxy;
}
