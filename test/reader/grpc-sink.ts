import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A receiver over gRPC that answers as told. */
export interface GrpcSink {
  readonly url: string;
  /** How many calls arrived, whole. */
  readonly calls: number;
  /** How many of them their caller has cancelled. */
  readonly cancelled: number;
}

/** What it answers to the call with the given number, from 1: the message; undefined leaves it open. */
export type GrpcAnswer = (count: number) => Uint8Array | undefined;

export async function grpcSink(answer: GrpcAnswer): Promise<GrpcSink> {
  const state = { calls: 0, cancelled: 0 };
  const sessions = new Set<{ destroy(): void }>();
  const server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.resume();
    stream.on("error", () => undefined);
    stream.on("close", () => {
      if (stream.rstCode === constants.NGHTTP2_CANCEL) state.cancelled += 1;
    });
    stream.on("end", () => {
      state.calls += 1;
      const message = answer(state.calls);
      if (message !== undefined) respond(stream, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return state.calls;
    },
    get cancelled() {
      return state.cancelled;
    },
  };
}

/** As gRPC over HTTP/2 has it: a message with its length in front, and the status behind it. */
function respond(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
}
