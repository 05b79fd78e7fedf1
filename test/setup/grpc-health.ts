import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** The message of a state, as gRPC frames it. */
export function healthMessage(status: number): Buffer {
  const message = status === 0 ? Buffer.alloc(0) : Buffer.from([0x08, status]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/**
 * Serves `grpc.health.v1` on the streams of an HTTP/2 server, as its specification says: the states are
 * numbers by service.
 */
export function grpcHealth(
  states: Readonly<Record<string, number>>,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  return (stream, headers) => {
    stream.on("error", () => undefined);
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const service = Buffer.concat(chunks).subarray(7).toString();
      const state = Object.hasOwn(states, service) ? states[service] : undefined;
      const head = { ":status": 200, "content-type": "application/grpc" };
      if (headers[":path"] === "/grpc.health.v1.Health/Watch") {
        stream.respond(head);
        // The stream stays open for the next state.
        stream.write(healthMessage(state ?? 3));
      } else if (state === undefined) {
        stream.respond(
          { ...head, "grpc-status": "5", "grpc-message": "unknown service" },
          { endStream: true },
        );
      } else {
        stream.respond(head, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(healthMessage(state));
      }
    });
  };
}
