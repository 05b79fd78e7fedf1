import type { UpDownCounter } from "../../metrics/index.ts";
import { peerName } from "../../shared/named-peer.ts";
import { isUnmeasured } from "../../shared/unmeasured.ts";
import { errorType, knownMethods, methodLabel } from "../attributes.ts";
import type { Durations } from "../upstream-durations.ts";
import { OpenConnections } from "./open-connections.ts";
import type { ClientErrorType } from "./client-error-type.ts";
import type { MeasuredRequest } from "./measured-request.ts";
import { type ActiveCount, defaultPort, type Origin, Origins } from "./origin.ts";
import { templateInScope, templateOf } from "./url-template.ts";
import type { HttpTelemetry } from "../telemetry.ts";
import {
  type ClientActiveLabels,
  type ClientRequestLabels,
  clientActiveRequests,
  clientOpenConnections,
  clientRequestBodySize,
  clientRequestDuration,
  clientResponseBodySize,
} from "../metrics.ts";
import type { ClientRequestView, HookLabels } from "../options.ts";
import { type RequestCells, RequestRecorder } from "../recorder.ts";
import { type RequestFacts, SeenRequests } from "../seen-requests.ts";
import type { ClientSettings } from "../settings.ts";

/**
 * The most counts of active requests. Beyond it counts leave out the template, because the number of
 * templates is unbounded.
 */
const MAX_COUNTS = 2_000;

/** The metrics of the requests that one kind of client makes. */
export class ClientMeter {
  readonly origins: Origins;
  readonly connections: OpenConnections;
  readonly #side: string;
  readonly #telemetry: HttpTelemetry;
  readonly #settings: ClientSettings;
  readonly #recorder: RequestRecorder<ClientRequestLabels>;
  readonly #active: UpDownCounter<ClientActiveLabels> | undefined;
  readonly #known = knownMethods(process.env);
  readonly #hooked: boolean;
  readonly #seen = new SeenRequests<Origin>();
  #counts = 0;

  /** @param side names the client in reports: `client`, `fetch` */
  constructor(
    side: string,
    telemetry: HttpTelemetry,
    settings: ClientSettings,
    durations: Durations,
  ) {
    const { metrics } = settings;
    const { registry } = telemetry;
    this.#side = side;
    this.#telemetry = telemetry;
    this.#settings = settings;
    this.#hooked = settings.ignore !== undefined || settings.attributes !== undefined;
    this.origins = new Origins(settings.maxHosts);
    this.connections = new OpenConnections(
      metrics.openConnections ? registry.upDownCounter(clientOpenConnections) : undefined,
    );
    this.#active = metrics.activeRequests
      ? registry.upDownCounter(clientActiveRequests)
      : undefined;
    this.#recorder = new RequestRecorder(
      telemetry,
      side,
      {
        requestDuration: clientRequestDuration,
        requestBodySize: clientRequestBodySize,
        responseBodySize: clientResponseBodySize,
      },
      settings,
      durations,
    );
  }

  /**
   * Starts to measure a request. It counts as active after {@link activate}.
   * @param host the requested host, which may differ from the label
   * @param path path and query, for the hooks
   * @returns undefined if the request is ignored
   */
  begin(method: string, origin: Origin, host: string, path: string): MeasuredRequest | undefined {
    if (isUnmeasured()) return undefined;
    let view: ClientRequestView | undefined;
    if (this.#hooked) {
      const { scheme, port = defaultPort(scheme) } = origin;
      view = { method, scheme, host, port, path };
      if (this.#ignores(view)) return undefined;
    }
    const label = methodLabel(method, this.#known);
    const template = templateInScope();
    const startedAt = performance.now();
    const peer = peerName();
    return { method: label, origin, template, peer, activeCount: undefined, view, startedAt };
  }

  /** Counts the request as active until its end. */
  activate(measured: MeasuredRequest): void {
    if (this.#active === undefined || measured.activeCount !== undefined) return;
    const activeCount = this.#activeCount(measured.origin, measured.method, measured.template);
    measured.activeCount = activeCount;
    activeCount.count += 1;
    activeCount.cell.add(1);
  }

  /** Stops counting the request as active. Idempotent. */
  deactivate(measured: MeasuredRequest): void {
    const { activeCount } = measured;
    if (activeCount === undefined) return;
    measured.activeCount = undefined;
    activeCount.count -= 1;
    activeCount.cell.add(-1);
  }

  /**
   * Records the end of a request. Call it once for each request that began. Undefined means unknown or
   * absent.
   * @param version the protocol version, such as `1.1` or `2`
   * @param unfinished why there is no complete response; undefined if there is one
   * @param request the object for which the program may have set a URL template
   * @param origin the origin, if it is known better now than at the start
   */
  end(
    measured: MeasuredRequest,
    status: number | undefined,
    version: string | undefined,
    unfinished: ClientErrorType | undefined,
    requestBytes: number | undefined,
    responseBytes: number | undefined,
    request: object,
    origin: Origin = measured.origin,
  ): void {
    this.deactivate(measured);
    const durationS = (performance.now() - measured.startedAt) / 1_000;
    const { method, peer, view } = measured;
    const template = templateOf(request) ?? measured.template;
    const cells =
      this.#seen.find(origin, method, status, version, unfinished, template, peer) ??
      this.#cells(origin, { method, status, version, unfinished, urlPart: template, peer }, view);
    this.#recorder.recordEarly(cells, durationS, requestBytes, responseBytes)?.();
  }

  /** Removes all requests and connections from the counts of active requests and open connections. */
  forget(): void {
    for (const { active } of this.origins.all()) {
      for (const activeCount of active.values()) {
        activeCount.cell.add(-activeCount.count);
        activeCount.count = 0;
      }
    }
    this.connections.forget();
  }

  /** Reports that a request could not be measured. Never throws. */
  failed(error: unknown): void {
    this.#telemetry.failed(this.#side, error);
  }

  /** Finds the cells of a new kind of request, or of a request with labels from the hook. */
  #cells(origin: Origin, facts: RequestFacts, view: ClientRequestView | undefined): RequestCells {
    const { method, status, version, unfinished, urlPart: template, peer } = facts;
    const cells = this.#recorder.cells(
      {
        "http.request.method": method,
        "server.address": origin.address,
        "server.port": origin.port,
        "url.scheme": this.#settings.urlScheme ? origin.scheme : undefined,
        "http.response.status_code": status,
        "network.protocol.version": version,
        "error.type": errorType(unfinished, status, 400),
        "url.template": template,
        "service.peer.name": peer,
      },
      view === undefined ? undefined : this.#extra(view, status),
    );
    if (view === undefined && this.#recorder.isLasting(cells)) {
      this.#seen.keep(origin, facts, cells);
    }
    return cells;
  }

  #activeCount(origin: Origin, method: string, template: string | undefined): ActiveCount {
    const key = template === undefined ? method : `${method} ${template}`;
    const known = origin.active.get(key);
    if (known !== undefined) return known;
    if (template !== undefined && this.#counts >= MAX_COUNTS) {
      return this.#activeCount(origin, method, undefined);
    }
    this.#counts += 1;
    const cell = this.#active!.bind({
      "http.request.method": method,
      "server.address": origin.address,
      "server.port": origin.port,
      "url.scheme": origin.scheme,
      "url.template": template,
    });
    const activeCount: ActiveCount = { cell, count: 0 };
    origin.active.set(key, activeCount);
    return activeCount;
  }

  #ignores(view: ClientRequestView): boolean {
    const { ignore } = this.#settings;
    if (ignore === undefined) return false;
    try {
      return ignore(view);
    } catch (error) {
      this.#telemetry.hookFailed(`${this.#side}.ignore`, error);
      return false;
    }
  }

  #extra(view: ClientRequestView, statusCode: number | undefined): HookLabels | undefined {
    const { attributes } = this.#settings;
    if (attributes === undefined) return undefined;
    try {
      return attributes(view, { statusCode });
    } catch (error) {
      this.#telemetry.hookFailed(`${this.#side}.attributes`, error);
      return undefined;
    }
  }
}
