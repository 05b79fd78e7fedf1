import { declaredLength } from "../server/body-size.ts";
import type { RequestOutcome, MeasuredRequest } from "../server/measured-request.ts";
import type { ServerMetrics } from "../server/server-metrics.ts";
import { routeOf } from "../routes/route.ts";

/** Ends the measurement of one request. The methods never throw. */
export interface Measurement {
  /** The handler returned this response. Undefined if it took over the connection, as for a WebSocket. */
  answered(response: Response | undefined): void;
  /** The handler threw, and the runtime answers with 500. */
  threw(): void;
  /** The client disconnected before it had the complete response. */
  left(): void;
}

const nothing = (): void => undefined;
const NOTHING: Measurement = { answered: nothing, threw: nothing, left: nothing };

/** Measures the requests of a handler that takes a `Request`, from its call to its response. */
export class ServerMeter {
  readonly #metrics: ServerMetrics;
  readonly #route: string | undefined;

  /** @param route the route of all requests for which the program sets no other */
  constructor(metrics: ServerMetrics, route: string | undefined) {
    this.#metrics = metrics;
    this.#route = route;
  }

  /** Starts to measure a request. Never throws. */
  begin(request: Request): Measurement {
    try {
      const { pathname, search, protocol } = new URL(request.url);
      const headers = Object.fromEntries(request.headers);
      const view = { method: request.method, url: pathname + search, headers };
      const measured = this.#metrics.begin(view, protocol === "https:" ? "https" : "http");
      if (measured === undefined) return NOTHING;
      const end = (
        outcome: Pick<RequestOutcome, "status" | "unfinished">,
        response?: Response,
      ): void => this.#end(request, measured, outcome, response);
      return {
        answered: (response) => end({ status: response?.status, unfinished: undefined }, response),
        threw: () => end({ status: 500, unfinished: undefined }),
        left: () => end({ status: undefined, unfinished: "client_disconnected" }),
      };
    } catch (error) {
      this.#metrics.failed(error);
      return NOTHING;
    }
  }

  #end(
    request: Request,
    measured: MeasuredRequest,
    { status, unfinished }: Pick<RequestOutcome, "status" | "unfinished">,
    response: Response | undefined,
  ): void {
    try {
      this.#metrics.end(measured, {
        response: {
          statusCode: status ?? 0,
          getHeader: (name) => response?.headers.get(name) ?? undefined,
        },
        protocolVersion: undefined,
        ...{ status, unfinished },
        route: routeOf(request, status, undefined, measured.request.url) ?? this.#route,
        requestBytes: measured.declared,
        responseBytes: status === undefined ? undefined : responseBytes(measured, status, response),
      });
    } catch (error) {
      this.#metrics.failed(error);
    }
  }
}

/** Returns the declared bytes of the response's body, because the real size is unknown before it is sent. */
function responseBytes(
  { head }: MeasuredRequest,
  status: number,
  response: Response | undefined,
): number | undefined {
  if (head || status === 204 || status === 304 || response?.body === null) return 0;
  const length = response?.headers.get("content-length") ?? undefined;
  return length === undefined ? undefined : declaredLength({ "content-length": length });
}
