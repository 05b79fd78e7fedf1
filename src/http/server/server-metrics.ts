import type { BoundUpDownCounter, UpDownCounter } from "../../metrics/index.ts";
import { methodLabel, OTHER_METHOD, serverRequestLabels } from "../attributes.ts";
import type { Durations } from "../upstream-durations.ts";
import { declaredLength } from "./body-size.ts";
import type { RequestOutcome, MeasuredRequest } from "./measured-request.ts";
import { SeenRequests } from "../seen-requests.ts";
import type { HttpTelemetry } from "../telemetry.ts";
import {
  type ServerActiveLabels,
  serverActiveRequests,
  serverRequestBodySize,
  serverRequestDuration,
  type ServerRequestLabels,
  serverResponseBodySize,
} from "../metrics.ts";
import type { HookLabels, ServerRequestView } from "../options.ts";
import { type RequestCells, RequestRecorder } from "../recorder.ts";
import { forwardedScheme, type Scheme } from "./scheme.ts";
import type { ServerSettings } from "../settings.ts";
import { UserAgents } from "./user-agent.ts";

/** The label value for all routes beyond `maxRoutes`. */
const OTHER_ROUTE = "_OTHER";

/** The metrics of the requests that servers receive, of every version of HTTP. */
export class ServerMetrics {
  readonly #telemetry: HttpTelemetry;
  readonly #settings: ServerSettings;
  readonly #known: ReadonlySet<string>;
  readonly #recorder: RequestRecorder<ServerRequestLabels>;
  readonly #active: UpDownCounter<ServerActiveLabels> | undefined;
  /** The cells by method. There are few methods. */
  readonly #activeCells = { http: new Map(), https: new Map() } as Readonly<
    Record<Scheme, Map<string, BoundUpDownCounter>>
  >;
  readonly #userAgents = new UserAgents();
  readonly #seen = new SeenRequests<string | undefined>();
  readonly #routes = new Set<string>();

  constructor(
    telemetry: HttpTelemetry,
    settings: ServerSettings,
    durations: Durations,
    known: ReadonlySet<string>,
  ) {
    this.#telemetry = telemetry;
    this.#settings = settings;
    this.#known = known;
    this.#recorder = new RequestRecorder(
      telemetry,
      "server",
      {
        requestDuration: serverRequestDuration,
        requestBodySize: serverRequestBodySize,
        responseBodySize: serverResponseBodySize,
      },
      settings,
      durations,
    );
    if (settings.metrics.activeRequests) {
      this.#active = telemetry.registry.upDownCounter(serverActiveRequests);
    }
  }

  /** Starts to measure a request, which counts as active from now on. Returns undefined if it is ignored. */
  begin(request: ServerRequestView, scheme: Scheme): MeasuredRequest | undefined {
    if (this.#isIgnored(request)) return undefined;
    const { method, headers } = request;
    const label = methodLabel(method, this.#known);
    const seen = (this.#settings.trustForwarded ? forwardedScheme(headers) : undefined) ?? scheme;
    const active = this.#activeCell(label, seen);
    active?.add(1);
    return {
      request,
      method: label,
      head: method === "HEAD",
      scheme: seen,
      synthetic: this.#userAgents.syntheticType(headers["user-agent"]),
      declared: declaredLength(headers),
      startedAt: performance.now(),
      active,
      atEnd: undefined,
    };
  }

  /** Records the end of a request. Call this or {@link forget} once for each result of {@link begin}. */
  end(measured: MeasuredRequest, outcome: RequestOutcome): void {
    measured.active?.add(-1);
    this.#record(measured, outcome)?.();
  }

  /** Records the request with this outcome, but keeps it active until {@link forget}. */
  settle(measured: MeasuredRequest, outcome: RequestOutcome): void {
    measured.atEnd = this.#record(measured, outcome);
  }

  /** Stops counting the request as active, without recording it. */
  forget(measured: MeasuredRequest): void {
    measured.active?.add(-1);
    measured.atEnd?.();
  }

  /**
   * Records a request that Node.js refused because it could not read it. The program never sees it.
   * @param durationMs the time since the first byte
   */
  refused(scheme: Scheme, status: number | undefined, reason: string, durationMs: number): void {
    const labels = serverRequestLabels({
      method: OTHER_METHOD,
      scheme,
      protocolVersion: undefined,
      status,
      route: undefined,
      unfinished: reason,
      synthetic: undefined,
    });
    this.#recorder.record(labels, durationMs / 1_000, 0, 0);
  }

  /** Reports that a request could not be measured. Never throws. */
  failed(error: unknown): void {
    this.#telemetry.failed("server", error);
  }

  /** @returns a function to call at the request's end, if that is necessary */
  #record(measured: MeasuredRequest, outcome: RequestOutcome): (() => void) | undefined {
    const durationS = (performance.now() - measured.startedAt) / 1_000;
    const cells =
      this.#seen.find(
        outcome.route,
        measured.method,
        outcome.status,
        outcome.protocolVersion,
        outcome.unfinished,
        measured.scheme,
        measured.synthetic,
      ) ?? this.#cells(measured, outcome);
    return this.#recorder.recordEarly(
      cells,
      durationS,
      outcome.requestBytes,
      outcome.responseBytes,
    );
  }

  /** Finds the cells of a new kind of request, or of a request with labels from the hook. */
  #cells(measured: MeasuredRequest, outcome: RequestOutcome): RequestCells {
    const { method, scheme, synthetic } = measured;
    const { protocolVersion, status, unfinished } = outcome;
    const route = this.#routeLabel(outcome.route);
    const labels = serverRequestLabels({
      method,
      scheme,
      protocolVersion,
      status,
      route,
      unfinished,
      synthetic,
    });
    if (this.#settings.attributes !== undefined) {
      return this.#recorder.cells(labels, this.#extraLabels(measured.request, outcome));
    }
    const cells = this.#recorder.cells(labels);
    if (route === outcome.route && this.#recorder.isLasting(cells)) {
      const version = protocolVersion;
      const facts = { method, status, version, unfinished, urlPart: scheme, peer: synthetic };
      this.#seen.keep(route, facts, cells);
    }
    return cells;
  }

  #isIgnored(request: ServerRequestView): boolean {
    const { ignore } = this.#settings;
    if (ignore === undefined) return false;
    try {
      return ignore(request);
    } catch (error) {
      this.#telemetry.hookFailed("server.ignore", error);
      return false;
    }
  }

  #extraLabels(request: ServerRequestView, outcome: RequestOutcome): HookLabels | undefined {
    const { attributes } = this.#settings;
    if (attributes === undefined) return undefined;
    try {
      return attributes(request, outcome.response);
    } catch (error) {
      this.#telemetry.hookFailed("server.attributes", error);
      return undefined;
    }
  }

  #routeLabel(route: string | undefined): string | undefined {
    if (route === undefined || this.#routes.has(route)) return route;
    if (this.#routes.size >= this.#settings.maxRoutes) return OTHER_ROUTE;
    this.#routes.add(route);
    return route;
  }

  #activeCell(method: string, scheme: Scheme): BoundUpDownCounter | undefined {
    if (this.#active === undefined) return undefined;
    const cells = this.#activeCells[scheme];
    let cell = cells.get(method);
    if (cell === undefined) {
      cell = this.#active.bind({ "http.request.method": method, "url.scheme": scheme });
      cells.set(method, cell);
    }
    return cell;
  }
}
