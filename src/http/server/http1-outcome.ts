import { requestBodyBytes, responseBodyBytes } from "./body-size.ts";
import type { Connection, Http1Request } from "./connection.ts";
import type { UnfinishedReason } from "./unfinished-reason.ts";
import type { RequestOutcome, MeasuredRequest } from "./measured-request.ts";
import type { ServerResponseView } from "../options.ts";
import { routeOf } from "../routes/route.ts";
import { SentResponse, sentStatus } from "./sent-response.ts";

/** The outcome of a request of `node:http` that ends now, or whose response counts as finished now. */
export class Http1Outcome implements RequestOutcome {
  readonly protocolVersion: string;
  readonly status: number | undefined;
  readonly unfinished: UnfinishedReason | undefined;
  readonly route: string | undefined;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
  readonly #http1: Http1Request;

  /** @param written the socket's `bytesWritten` at the end */
  constructor(
    http1: Http1Request,
    measured: MeasuredRequest,
    connection: Connection,
    unfinished: UnfinishedReason | undefined,
    written: number,
  ) {
    const { request, response } = http1;
    const finished = unfinished === undefined;
    const status = sentStatus(response, finished);
    this.protocolVersion = request.httpVersion;
    this.status = status;
    this.unfinished = unfinished;
    this.route = routeOf(request, status, http1.route);
    this.requestBytes = requestBodyBytes(
      request,
      measured.declared,
      connection.socket,
      http1.readFrom,
    );
    this.responseBytes =
      status === undefined
        ? 0
        : responseBodyBytes(
            response,
            status,
            measured.head,
            finished,
            written - connection.writtenFrom,
          );
    this.#http1 = http1;
  }

  get response(): ServerResponseView {
    return new SentResponse(this.#http1.response, this.status);
  }
}
