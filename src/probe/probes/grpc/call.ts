import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { unmeasured } from "../../../shared/unmeasured.ts";
import { VERSION } from "../../../shared/version.ts";
import { ProbeError } from "../../errors.ts";
import { closedEarly } from "../../net/connect.ts";
import type { Attempt } from "../attempt.ts";
import { requestError } from "../http-run/exchange.ts";

/** A service's status (`grpc.health.v1.HealthCheckResponse.ServingStatus`). */
export type ServingStatus = (typeof SERVING)[number];

/** The states, by their numbers. */
export const SERVING = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

/** The names of statuses, by their numbers (https://grpc.io/docs/guides/status-codes). */
const STATUSES: readonly string[] = [
  ...(["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED"] as const),
  ...(["NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"] as const),
  ...(["FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL"] as const),
  ...(["UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"] as const),
];

/** `NOT_FOUND` for 5. */
export function grpcStatusName(status: number): string {
  return STATUSES[status] ?? `status ${status}`;
}

/** A call of the health service. */
export interface HealthCall {
  readonly method: "Check" | "Watch";
  readonly service: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly isSecure: boolean;
  readonly authority: string;
}

/** The answer of the health service. */
export interface HealthAnswer {
  readonly status: number;
  readonly message: string;
  /** Absent without a message. */
  readonly serving?: ServingStatus;
}

type Connect = ReturnType<typeof process.getBuiltinModule<"node:http2">>["connect"];

/** A health answer is a few bytes. */
const MAX_BYTES = 65_536;

/** Makes one call over an open connection. */
export function askHealth(
  run: Attempt<object>,
  over: Duplex,
  call: HealthCall,
): Promise<HealthAnswer> {
  const scheme = call.isSecure ? "https" : "http";
  const { connect } = process.getBuiltinModule("node:http2");
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(requestError(error));
    const { session, stream } = unmeasured(() => open(connect, over, scheme, call));
    run.defer(() => session.destroy());
    session.on("error", fail);
    run.phases.begin("first_byte");
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let received: Buffer = Buffer.alloc(0);
    stream.on("error", fail);
    stream.once("response", (headers) => {
      run.phases.begin("transfer");
      head = headers;
    });
    stream.on("trailers", (headers) => (trailers = headers));
    stream.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > MAX_BYTES) {
        return fail(new ProbeError("too_large", `The answer is longer than ${MAX_BYTES} bytes`));
      }
      // The stream of Watch has no end; its first message is the answer.
      if (call.method === "Watch") settle(() => watched(received));
    });
    stream.once("close", () => settle(() => checked(head, trailers, received)));
    const settle = (answer: () => HealthAnswer | undefined): void => {
      try {
        const found = answer();
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error);
      }
    };
    stream.end(frame(call.service));
  });
}

function open(
  connect: Connect,
  over: Duplex,
  scheme: string,
  { method, metadata, authority }: HealthCall,
): { readonly session: ClientHttp2Session; readonly stream: ClientHttp2Stream } {
  const session = connect(`${scheme}://${authority}`, {
    createConnection: () => over,
    settings: { enablePush: false },
  });
  const stream = session.request({
    ":method": "POST",
    ":path": `/grpc.health.v1.Health/${method}`,
    ":scheme": scheme,
    ":authority": authority,
    "content-type": "application/grpc",
    "user-agent": `taskmon-probe/${VERSION}`,
    te: "trailers",
    ...metadata,
  });
  return { session, stream };
}

/** The request message: a compression flag, the length, and the service as field 1 if it is not empty. */
function frame(service: string): Buffer {
  const text = Buffer.from(service);
  const field =
    text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a]), varint(text.length), text]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(field.length, 1);
  return Buffer.concat([head, field]);
}

/** The first status of a stream; undefined if it is not complete yet. */
function watched(received: Buffer): HealthAnswer | undefined {
  const message = messageIn(received);
  return message && { status: 0, message: "", serving: servingIn(message) };
}

/** The answer of a call that has ended. */
function checked(
  head: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders,
  received: Buffer,
): HealthAnswer {
  const http = head[":status"] as unknown as number | undefined;
  if (http === undefined) throw closedEarly("it answered");
  const status = trailers["grpc-status"] ?? head["grpc-status"];
  if (http !== 200 || status === undefined) {
    throw new ProbeError("protocol_error", `It answered ${http} without a status of gRPC`);
  }
  const text = String(trailers["grpc-message"] ?? head["grpc-message"] ?? "");
  const message = messageIn(received);
  return {
    status: Number(status),
    message: decoded(text),
    ...(message !== undefined && { serving: servingIn(message) }),
  };
}

/** The first message; undefined if it is not complete. */
function messageIn(received: Buffer): Buffer | undefined {
  if (received.length < 5) return undefined;
  if (received[0] !== 0) throw new ProbeError("protocol_error", "The answer is compressed");
  const length = received.readUInt32BE(1);
  return received.length < 5 + length ? undefined : received.subarray(5, 5 + length);
}

/** Field 1 of the message, a number; 0 if it is missing. */
function servingIn(message: Buffer): ServingStatus {
  if (message.length === 0) return "UNKNOWN";
  const status = message[0] === 0x08 ? SERVING[message[1] ?? NaN] : undefined;
  if (status === undefined)
    throw new ProbeError("protocol_error", "The answer is no health status");
  return status;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Messages of gRPC are percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
