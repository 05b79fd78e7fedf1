import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of an HTTP/1 server of Node.js, or of an HTTP/2 server with the compatibility API. */
export type InboundRequest = IncomingMessage | Http2ServerRequest;

/** The response to an {@link InboundRequest}. */
export type OutboundResponse = ServerResponse | Http2ServerResponse;

/** Whether the client speaks HTTP/2. */
export function isHttp2Request(request: InboundRequest): request is Http2ServerRequest {
  return request.httpVersionMajor >= 2;
}

/** Whether it is the response to a request over HTTP/2. */
export function isHttp2Response(response: OutboundResponse): response is Http2ServerResponse {
  return "stream" in response && response.req.httpVersionMajor >= 2;
}

/** Why a request cannot be forwarded, and how to answer it. Nothing was sent to the service. */
export class Refusal {
  readonly status: number;
  /** For people: a sentence that does not repeat anything from the request. */
  readonly detail: string;

  constructor(status: number, detail: string) {
    this.status = status;
    this.detail = detail;
  }
}

/** Ends an incomplete answer so that the client cannot mistake it for a complete one. */
export function resetClient(response: OutboundResponse): void {
  if (isHttp2Response(response)) {
    response.stream.close(INTERNAL_ERROR);
    return;
  }
  const { socket } = response;
  // With HTTP/1.0 a FIN is the proper end of an answer, so reset the connection. TLS shows a truncation itself.
  if (socket === null || "encrypted" in socket) response.destroy();
  else socket.resetAndDestroy();
}

/** RFC 9113, section 7. */
const INTERNAL_ERROR = 0x2;
