import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  numberOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";
import { exportIntervalOf } from "../sdk/periodic-reader.ts";
import { readerClassOf } from "../sdk/reader-class.ts";
import type { ReaderTreatment } from "./context.ts";
import type { AttachableReader } from "../sdk/types.ts";

/** Options for attaching a reader. */
export interface AttachOptions {
  /**
   * `push`: the reader sends by itself, and waits while the number is not certain. `pull`: it always answers
   * scrapes. @default `pull` for a reader with a method `getMetricsRequestHandler`, such as
   * `PrometheusExporter`, otherwise `push`
   */
  readonly kind?: "push" | "pull";
  /**
   * For a pull reader that puts the number on every series: while the number is not certain, it answers with
   * `target_info` only, and each new number restarts its streams. For a push reader, use `unnumberedHoldMs`
   * of the lease options. @default false
   */
  readonly hold?: boolean;
  /**
   * What an up-down counter does when the number changes. `keep`: it keeps its level, for example the
   * requests in flight, as Prometheus shows it in a gauge. `restart`: it restarts at zero, as every other
   * cumulative stream, so that the streams of all numbers add up. @default `keep`
   */
  readonly upDownCounters?: "restart" | "keep";
  /**
   * The reader's name in the label `taskmon.reader`, in events and in `taskmon.readers.list`. If another
   * live reader has the name, we append `-2` and so on.
   * @default the name of its class
   */
  readonly name?: string;
  /**
   * The time between exports or scrapes, in milliseconds. After five intervals without a success the reader
   * counts as silent. @default for a push reader its own interval, or else the flush interval of the
   * settings; for a pull reader none
   */
  readonly intervalMs?: number;
}

/** Checks the options of `reader` and fills in the defaults. */
export function attachOptions(
  reader: AttachableReader,
  options: AttachOptions | undefined,
): Omit<ReaderTreatment, "reported"> {
  const given = optionsObject("attach", options, [
    "kind",
    "hold",
    "upDownCounters",
    "name",
    "intervalMs",
  ]);
  const kind = choiceOption("attach.kind", given.kind ?? kindOf(reader), ["push", "pull"]);
  const hold = booleanOption("attach.hold", given.hold, false);
  if (hold && kind === "push") {
    throw new InvalidOptionError(
      "attach.hold",
      "left out for a push reader; use lease.unnumberedHoldMs",
      hold,
    );
  }
  const upDown = choiceOption("attach.upDownCounters", given.upDownCounters, ["keep", "restart"]);
  return {
    kind,
    hold,
    keepUpDownCounters: upDown === "keep",
    name:
      given.name === undefined ? readerClassOf(reader) : textOption("attach.name", given.name, 100),
    intervalMs: given.intervalMs === undefined ? ownInterval(reader, kind) : interval(given),
  };
}

function kindOf(reader: AttachableReader): "push" | "pull" {
  return "getMetricsRequestHandler" in reader ? "pull" : "push";
}

function interval({ intervalMs }: AttachOptions): number {
  return numberOption("attach.intervalMs", intervalMs, {
    min: 1,
    max: 2_147_483_647,
    default: 60_000,
  });
}

function ownInterval(reader: AttachableReader, kind: "push" | "pull"): number | undefined {
  return kind === "push" ? exportIntervalOf(reader) : undefined;
}
