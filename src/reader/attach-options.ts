import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  numberOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";
import { exportIntervalOf } from "../sdk/periodic-reader.ts";
import type { ReaderTreatment } from "./context.ts";
import type { AttachableReader } from "../sdk/types.ts";

/** How one reader is attached. */
export interface AttachOptions {
  /**
   * `push`: the reader sends by itself, and is held while the number is not sure; `pull`: it answers
   * scrapes, always. @default `pull` for a reader with a `getMetricsRequestHandler` method, as
   * `PrometheusExporter` has, else `push`
   */
  readonly kind?: "push" | "pull";
  /**
   * For a pull reader that puts the number on every series: while the number is not sure it answers
   * with `target_info` alone, and each new number starts its streams again. Of a push reader,
   * `unnumberedHoldMs` of the lease options says how long it is held. @default false
   */
  readonly hold?: boolean;
  /**
   * What a sum that grows and shrinks does when the number changes: `keep` its level, which is what is
   * there now (requests in flight), and which Prometheus shows as a gauge; or `restart` at zero, as every
   * other cumulative stream does, so that what all streams brought adds up. @default `keep`
   */
  readonly upDownCounters?: "restart" | "keep";
  /**
   * What the reader is called in the label `taskmon.reader`, in events and in `taskmon.readers.list`. Where
   * another reader that was not shut down has the name, `-2` and so on is put behind it.
   * @default the name of its class
   */
  readonly name?: string;
  /**
   * The time between its exports, or between scrapes of it, in milliseconds: after five without a
   * success the reader counts as silent. @default of a push reader the one it was built with, else the
   * settings' flush interval; a pull reader is not waited for
   */
  readonly intervalMs?: number;
}

/** The checked options of `reader`, and what follows from them. */
export function attachOptions(
  reader: AttachableReader,
  options: AttachOptions | undefined,
): Omit<ReaderTreatment, "reported"> {
  const given = optionsObject("attach options", options, [
    "kind",
    "hold",
    "upDownCounters",
    "name",
    "intervalMs",
  ]);
  const kind = choiceOption("kind", given.kind ?? kindOf(reader), ["push", "pull"]);
  const hold = booleanOption("hold", given.hold, false);
  if (hold && kind === "push") {
    throw new InvalidOptionError(
      "hold",
      "left out for a push reader, whose hold is lease.unnumberedHoldMs",
      hold,
    );
  }
  const upDown = choiceOption("upDownCounters", given.upDownCounters, ["keep", "restart"]);
  return {
    kind,
    hold,
    keepUpDownCounters: upDown === "keep",
    name: given.name === undefined ? reader.constructor.name : textOption("name", given.name, 100),
    intervalMs: given.intervalMs === undefined ? ownInterval(reader, kind) : interval(given),
  };
}

function kindOf(reader: AttachableReader): "push" | "pull" {
  return "getMetricsRequestHandler" in reader ? "pull" : "push";
}

function interval({ intervalMs }: AttachOptions): number {
  return numberOption("intervalMs", intervalMs, { min: 1, max: 2_147_483_647, default: 60_000 });
}

function ownInterval(reader: AttachableReader, kind: "push" | "pull"): number | undefined {
  return kind === "push" ? exportIntervalOf(reader) : undefined;
}
