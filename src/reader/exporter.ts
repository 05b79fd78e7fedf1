import { type Clock, systemClock } from "../shared/clock.ts";
import { methodsOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { type ExportPermit, permitOf, isPlain } from "./export-permit.ts";
import { ExportInFlight } from "./export-in-flight.ts";
import { rejectedPoints } from "./rejected-points.ts";
import { enter, gateTransport } from "./transport.ts";
import type { ResourceMetricsLike } from "../points/types.ts";
import { exporterOf, replaceExporter } from "../sdk/periodic-reader.ts";
import type { AttachableReader, ExportResultLike, PushExporter } from "../sdk/types.ts";

/** What a reader knows of a batch of its own that does not show whose it is. */
export type Home = (batch: ResourceMetricsLike) => ExportPermit | undefined;

/** What {@link gateExporter} returned, and the readers in which it was found. */
const gatedExporters = new WeakMap<object, { home: Home | undefined }>();

/**
 * An exporter that asks the gate again, last thing before it sends: what an attached reader collected
 * is sent only while its number is surely held, and the export ends before the lease could. Of an
 * OTLP exporter, so does each retry, and a request under way is cut off then. It is the given exporter
 * in everything else, and passes on what comes from a reader that is not attached.
 * @param clock for tests @default the machine's clock
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no exporter
 */
export function gateExporter<E extends PushExporter>(exporter: E, clock: Clock = systemClock()): E {
  methodsOption<PushExporter>("exporter", exporter, ["export", "forceFlush", "shutdown"]);
  if (gatedExporters.has(exporter)) return exporter;
  const attemptsAreSeen = gateTransport(exporter);
  const takeRejected = rejectedPoints(exporter);
  const found: { home: Home | undefined } = { home: undefined };
  const report = createReporter("reader");
  const gatedExport: PushExporter["export"] = (batch, done) => {
    const permit = permitOf(batch) ?? found.home?.(batch);
    if (permit === undefined) {
      if (!isPlain(batch.resource))
        report.warnOnce("foreign", "A gated exporter got data from a reader that is not attached");
      exporter.export(batch, done);
      return;
    }
    const refusal = permit.refusal(permit.exportTimeoutMs);
    if (refusal !== undefined) {
      permit.ended(batch, { delivery: "not_received", stopped: refusal });
      // For the reader this is no failure: what can be carried over is.
      done({ code: 0 });
      return;
    }
    const inFlight = new ExportInFlight(permit, batch, clock, attemptsAreSeen, done);
    send(exporter, batch, (result) => inFlight.end(result, takeRejected()), inFlight);
  };
  // A proxy, since exporters have private fields, and methods that a reader looks for by name. It
  // stands for an empty object, since it could not show another `export` for one that is frozen.
  const gated = new Proxy<E>(Object.create(Object.getPrototypeOf(exporter) as object) as E, {
    get(_, name): unknown {
      if (name === "export") return gatedExport;
      const value: unknown = Reflect.get(exporter, name, exporter);
      return typeof value === "function" ? value.bind(exporter) : value;
    },
    set: (_, name, value) => Reflect.set(exporter, name, value, exporter),
    has: (_, name) => name in exporter,
  });
  gatedExporters.set(gated, found);
  return gated;
}

/**
 * Gates the exporter inside a reader of the SDK's.
 * @param home asked about what does not show whose it is
 * @returns whether one was found
 */
export function gateExporterOf(reader: AttachableReader, clock: Clock, home: Home): boolean {
  const exporter = exporterOf(reader);
  if (exporter === undefined) return false;
  const gated = gateExporter(exporter, clock);
  replaceExporter(reader, gated);
  gatedExporters.get(gated)!.home = home;
  return true;
}

function send(
  exporter: PushExporter,
  batch: ResourceMetricsLike,
  done: (result: ExportResultLike) => void,
  inFlight: ExportInFlight,
): void {
  try {
    enter(inFlight, () => exporter.export(batch, done));
  } catch (error) {
    done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
  }
}
