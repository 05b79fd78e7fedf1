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

/** Finds the permit of a batch that does not show its reader. */
export type FindPermit = (batch: ResourceMetricsLike) => ExportPermit | undefined;

/** The gated exporters, each with the permit lookup of the reader in which it was found. */
const gatedExporters = new WeakMap<object, { findPermit: FindPermit | undefined }>();

/**
 * Returns an exporter that asks the gate again just before it sends. It sends the data of an attached reader
 * only while the number is certain, and ends each export before the lease can end. For an OTLP exporter this
 * also holds for each retry, and a running request is cut off. In everything else it behaves like the given
 * exporter. It does not change exports of readers that are not attached.
 * @param clock for tests. @default the machine's clock
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not an exporter
 */
export function gateExporter<E extends PushExporter>(exporter: E, clock: Clock = systemClock()): E {
  methodsOption<PushExporter>("exporter", exporter, ["export", "forceFlush", "shutdown"]);
  if (gatedExporters.has(exporter)) return exporter;
  const attemptsAreSeen = gateTransport(exporter);
  const takeRejected = rejectedPoints(exporter);
  const found: { findPermit: FindPermit | undefined } = { findPermit: undefined };
  const report = createReporter("reader");
  const gatedExport: PushExporter["export"] = (batch, done) => {
    const permit = permitOf(batch) ?? found.findPermit?.(batch);
    if (permit === undefined) {
      if (!isPlain(batch.resource))
        report.warnOnce("foreign", "A gated exporter got data from a reader that is not attached");
      exporter.export(batch, done);
      return;
    }
    const refusal = permit.refusal(permit.exportTimeoutMs);
    if (refusal !== undefined) {
      permit.ended(batch, { delivery: "not_received", stopped: refusal });
      // Report success to the reader: data that can be sent later is kept.
      done({ code: 0 });
      return;
    }
    const inFlight = new ExportInFlight(permit, batch, clock, attemptsAreSeen, done);
    send(exporter, batch, (result) => inFlight.end(result, takeRejected()), inFlight);
  };
  // Use a proxy, because exporters have private fields, and methods that a reader looks up by name. Its
  // target is an empty object, because a proxy cannot replace `export` of a frozen exporter.
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
 * Gates the exporter inside an SDK's reader.
 * @param findPermit finds the permit of a batch that does not show its reader
 * @returns whether an exporter was found
 */
export function gateExporterOf(
  reader: AttachableReader,
  clock: Clock,
  findPermit: FindPermit,
): boolean {
  const exporter = exporterOf(reader);
  if (exporter === undefined) return false;
  const gated = gateExporter(exporter, clock);
  replaceExporter(reader, gated);
  gatedExporters.get(gated)!.findPermit = findPermit;
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
