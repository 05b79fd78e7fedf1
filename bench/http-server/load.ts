import { connect, type Socket } from "node:net";

// autocannon samples by the second and warms up anew in each run; a turn here is half a second. This
// client keeps its connections, costs less than a small server does, and counts requests exactly.

const CONNECTIONS = 16;

const request = Buffer.from(
  [
    "GET /orders/42?full=1 HTTP/1.1",
    "host: shop.example",
    "user-agent: bench/1.0",
    "accept: application/json",
    "accept-encoding: gzip, deflate, br",
    "connection: keep-alive",
    "\r\n",
  ].join("\r\n"),
);

/** Keep-alive connections to a server that always answers alike. */
export interface Load {
  /** The requests of all runs. */
  readonly total: number;
  /**
   * Keeps every connection busy with one request at a time; at the end waits for the last responses.
   * @param forMs after how many milliseconds no more requests are sent
   */
  run(forMs: number): Promise<{ requests: number; ms: number }>;
  close(): void;
}

/** Connects to a server of this host. Connections stay open between runs. */
export function createLoad(port: number): Load {
  let total = 0;
  let sockets: Socket[] | undefined;
  return {
    get total() {
      return total;
    },
    async run(forMs) {
      sockets ??= await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
      const startedAt = performance.now();
      const counts = await Promise.all(
        sockets.map((socket) => keepBusy(socket, startedAt + forMs)),
      );
      const requests = counts.reduce((sum, count) => sum + count, 0);
      total += requests;
      return { requests, ms: performance.now() - startedAt };
    },
    close() {
      for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends requests one after the other until `deadline`. */
function keepBusy(socket: Socket, deadline: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let requests = 0;
    let received = "";
    const send = (): void => {
      received = "";
      requests++;
      socket.write(request);
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.toString("latin1");
      if (!isWhole(received)) return;
      if (!received.startsWith("HTTP/1.1 200 ")) finish(new Error(received));
      else if (performance.now() < deadline) send();
      else finish();
    };
    const onClose = (): void => finish(new Error("The server closed a connection"));
    const finish = (error?: Error): void => {
      socket.removeListener("data", onData);
      socket.removeListener("close", onClose);
      if (error === undefined) resolve(requests);
      else reject(error);
    };
    socket.on("data", onData);
    socket.on("close", onClose);
    send();
  });
}

/** Whether a header block and as much body as it announces have come. */
function isWhole(response: string): boolean {
  const end = response.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(response) ?? [];
  return response.length === end + 4 + Number(length);
}
