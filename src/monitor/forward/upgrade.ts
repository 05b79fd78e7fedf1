import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { beginAnswer } from "./answer-head.ts";
import { hopByHop } from "./fields.ts";
import { type Link, watchConnecting } from "./link.ts";
import { failureOf, ForwardError, type ForwardListener } from "./outcome.ts";
import { pump } from "./pump.ts";
import type { RequestHead } from "./request-head.ts";
import { joinSockets } from "./tunnel.ts";

/** A request to switch the protocol, as the events `upgrade` and `connect` of a Node.js server report it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** The first bytes after the request. */
  readonly head: Buffer;
  /** A plain HTTP response, after which the connection closes; for when the protocol does not switch. */
  readonly response: ServerResponse;
}

/**
 * Forwards an upgrade or CONNECT. If the service agrees, client and service are connected by a tunnel;
 * otherwise the client gets the service's answer.
 * @param onTunnel called with a function that ends the tunnel; returns a function that we call when the
 *   tunnel has ended
 */
export function forwardUpgrade(
  link: Link,
  outgoing: RequestHead,
  { request, socket, head, response }: UpgradeRequest,
  listener: ForwardListener,
  onTunnel: (end: () => void) => () => void,
): void {
  const { settings } = link;
  let isOver = false;
  let upstream: ClientRequest;
  const fail = (failure: ForwardError): void => {
    if (isOver) return;
    isOver = true;
    cancelTimer();
    upstream?.destroy();
    listener.failed(failure);
  };
  const cancelTimer = settings.clock.after(settings.answerTimeoutMs, () =>
    fail(new ForwardError("its answer took too long", 504, true)),
  );
  try {
    // Never a connection of the pool: its idle timer would end the tunnel.
    upstream = link.send(outgoing, true);
  } catch (error) {
    return fail(new ForwardError("the request cannot be sent", 502, false, { cause: error }));
  }
  const onClientGone = (): void => {
    isOver = true;
    cancelTimer();
    upstream.destroy();
  };
  socket.once("close", onClientGone);
  watchConnecting(upstream, settings, () =>
    fail(new ForwardError("it could not be reached", 504, true)),
  );
  upstream.on("error", (error) => fail(failureOf(error, false)));
  const onTurned = (answer: IncomingMessage, peer: Socket, first: Buffer): void => {
    cancelTimer();
    if (isOver) return void peer.destroy();
    isOver = true;
    socket.off("close", onClientGone);
    const isTunnel = request.method !== "CONNECT" || isSuccess(answer.statusCode);
    // Only a successful CONNECT begins a tunnel (RFC 9110, section 9.3.6). Node.js did not parse the content.
    if (!isTunnel) {
      peer.destroy();
      return listener.failed(new ForwardError("it refused the tunnel", 502, false));
    }
    listener.answered(answer.statusCode ?? 0);
    prepare(socket);
    prepare(peer);
    socket.write(turnedHead(answer, settings.via), "latin1");
    if (first.length > 0) socket.write(first);
    if (head.length > 0) peer.write(head);
    const ended = onTunnel(() => {
      socket.destroy();
      peer.destroy();
    });
    joinSockets(socket, peer, ended);
  };
  upstream.on("upgrade", onTurned);
  upstream.on("connect", onTurned);
  upstream.on("response", (answer) => {
    cancelTimer();
    if (isOver) return void answer.destroy();
    if (!beginAnswer(answer, response, settings)) {
      return fail(new ForwardError("its answer cannot be passed on", 502, false));
    }
    isOver = true;
    listener.answered(answer.statusCode ?? 0);
    answer.on("error", () => undefined);
    answer.on("close", () => {
      if (!answer.complete) socket.destroy();
    });
    pump(answer, response, () => answer.complete && response.end());
  });
  upstream.end();
}

/** The head for the client of a 101 answer, with its Connection and Upgrade, or of a successful CONNECT. */
function turnedHead(answer: IncomingMessage, via: string | undefined): string {
  const raw = answer.rawHeaders;
  const staysBehind = hopByHop(raw);
  const isUpgrade = answer.statusCode === 101;
  let head = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  for (let at = 0; at < raw.length; at += 2) {
    const key = raw[at]!.toLowerCase();
    // Neither answer has content (RFC 9110, sections 8.6 and 9.3.6).
    if (key === "content-length" || key === "trailer") continue;
    if (!staysBehind(key) || (isUpgrade && key === "upgrade"))
      head += `${raw[at]}: ${raw[at + 1]}\r\n`;
  }
  if (isUpgrade) head += "Connection: Upgrade\r\n";
  if (via !== undefined) head += `Via: ${answer.httpVersion} ${via}\r\n`;
  return `${head}\r\n`;
}

/** Sends small messages at once, allows silence, and detects a peer that has vanished. */
function prepare(socket: Duplex): void {
  if (!("setNoDelay" in socket)) return;
  const connection = socket as Socket;
  connection.setTimeout(0);
  connection.setNoDelay(true);
  connection.setKeepAlive(true, 30_000);
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
