import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request as a server of Node.js gives it, of HTTP/1 or of HTTP/2 in its compatible form. */
export type InboundRequest = IncomingMessage | Http2ServerRequest;

/** The response beside it. */
export type OutboundResponse = ServerResponse | Http2ServerResponse;

/** Whether the client speaks HTTP/2. */
export function isHttp2Request(request: InboundRequest): request is Http2ServerRequest {
  return request.httpVersionMajor >= 2;
}

/** Whether it is the response to such a request. */
export function isHttp2Response(response: OutboundResponse): response is Http2ServerResponse {
  return "stream" in response && response.req.httpVersionMajor >= 2;
}

/** What cannot be forwarded, and how the client is told. Nothing of it has gone anywhere. */
export class Refusal {
  readonly status: number;
  /** For people: a sentence without what the client wrote. */
  readonly detail: string;

  constructor(status: number, detail: string) {
    this.status = status;
    this.detail = detail;
  }
}

/** Says to the client that the rest of an answer will not come, in a way that it cannot mistake for the end. */
export function resetClient(response: OutboundResponse): void {
  if (isHttp2Response(response)) {
    response.stream.close(INTERNAL_ERROR);
    return;
  }
  const { socket } = response;
  // A FIN would be the proper end of an answer to HTTP/1.0. TLS knows no such reset, but has an end of its own.
  if (socket === null || "encrypted" in socket) response.destroy();
  else socket.resetAndDestroy();
}

/** RFC 9113, section 7. */
const INTERNAL_ERROR = 0x2;
