import { createServer, type RequestListener } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { once } from "node:events";

/** What can be wrong with an OTLP endpoint; `fine` is nothing. */
export const faults = [
  "fine",
  "down",
  "slow",
  "refuses with 400",
  "refuses with 401",
  "refuses with 429",
  "refuses with 503",
  "answers rubbish in HTTP",
  "answers rubbish",
  "closes at once",
  "hangs for ever",
] as const;

export type Fault = (typeof faults)[number];

/** An OTLP endpoint of a fault that can be taken away. */
export interface FaultyReceiver {
  readonly url: string;
  /** Exports whose whole body came. */
  readonly received: number;
  /** The body of the last of them. */
  readonly lastBody: string;
  heal(): void;
  stop(): Promise<void>;
}

const SLOW_MS = 1_500;

/** Starts an endpoint; one that is down is a port on which nobody listens until it is healed. */
export async function startFaulty(fault: Fault): Promise<FaultyReceiver> {
  let current: Fault = fault;
  let received = 0;
  let lastBody = "";
  const sockets = new Set<Socket>();
  const answer: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      received++;
      lastBody = Buffer.concat(parts).toString();
      const status = Number(/\d+/.exec(current)?.[0] ?? 200);
      const send = (): void => void response.writeHead(status).end(bodyOf(current));
      if (current === "slow") setTimeout(send, SLOW_MS);
      else if (current !== "hangs for ever") send();
    });
  };
  const http = createServer(answer);
  const server = createTcpServer((socket) => {
    sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
    if (current === "closes at once" || current === "down") socket.resetAndDestroy();
    else if (current === "answers rubbish") {
      socket.once("data", () => socket.end("\u0000\u0001 no HTTP at all \r\n\r\n"));
    } else http.emit("connection", socket);
  });
  const port = await listen(server);
  // A port that was free a moment ago: connections to it are refused.
  if (fault === "down") await close(server, sockets);
  return {
    url: `http://127.0.0.1:${port}`,
    get received() {
      return received;
    },
    get lastBody() {
      return lastBody;
    },
    heal() {
      current = "fine";
      for (const socket of sockets) socket.destroy();
      if (!server.listening) server.listen(port, "127.0.0.1");
    },
    stop: () => close(server, sockets),
  };
}

function bodyOf(fault: Fault): string {
  return fault === "answers rubbish in HTTP" ? "<html>what?</html>" : "";
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}
