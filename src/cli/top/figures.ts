import { Exported, type NamingOptions, NAMINGS } from "../../boards/exported.ts";
import type { HistogramLike } from "../../points/types.ts";
import type { Sample } from "../../prometheus/read/parse-text.ts";

/** The figures of a process from one exposition. A missing figure is undefined. */
export interface Figures {
  readonly service: string | undefined;
  readonly number: number | undefined;
  readonly leaseS: number | undefined;
  /** Requests that servers answered since the start. */
  readonly requests: number | undefined;
  readonly failures: number;
  /** How long they took. */
  readonly durations: HistogramLike | undefined;
  /** Checks by name, where they do not pass. */
  readonly ailing: readonly { readonly check: string; readonly state: string }[];
  readonly checks: number;
  readonly exportsFailed: number;
  readonly exportsDone: number;
  /** When an export last got through, as Unix time. */
  readonly lastExportS: number | undefined;
}

/** Finds our metrics in expositions under any naming strategy. */
export class FigureReader {
  readonly #namings: readonly Exported[];

  constructor({ hexPrefix }: Pick<NamingOptions, "hexPrefix"> = {}) {
    this.#namings = NAMINGS.map((naming) => new Exported({ naming, hexPrefix }));
  }

  read(samples: readonly Sample[]): Figures {
    const byName = Map.groupBy(samples, ({ name }) => name);
    const of = (metric: string, part?: "bucket" | "count"): readonly Sample[] => {
      for (const naming of this.#namings) {
        const found = byName.get(naming.name(metric, part));
        if (found !== undefined) return found;
      }
      return [];
    };
    const info = byName.get("target_info")?.[0]?.labels;
    const duration = "http.server.request.duration";
    const requests = of(duration, "count");
    const exports = of("taskmon.exports");
    const states = of("health.check.status").filter(({ value }) => value === 1);
    return {
      service: info?.get("service_name"),
      number: of("taskmon.task.number")[0]?.value ?? numberOf(info?.get("taskmon_task_number")),
      leaseS: least(of("taskmon.task.lease.remaining")),
      requests: requests.length === 0 ? undefined : sum(requests),
      failures: sum(requests.filter(isFailure)),
      durations: histogramOf(of(duration, "bucket")),
      ailing: states
        .map(({ labels }) => ({
          check: labels.get("health_check_name") ?? "?",
          state: labels.get("health_check_state") ?? "?",
        }))
        .filter(({ state }) => state !== "pass"),
      checks: states.length,
      exportsFailed: sum(
        exports.filter(({ labels }) => labels.get("taskmon_outcome") === "failure"),
      ),
      exportsDone: sum(exports.filter(({ labels }) => labels.get("taskmon_outcome") === "success")),
      lastExportS: greatest(of("taskmon.export.last_success")),
    };
  }
}

/** As the rules count errors: requests with an error type, except those whose client went away. */
function isFailure({ labels }: Sample): boolean {
  const type = labels.get("error_type") ?? "";
  return type !== "" && type !== "client_disconnected";
}

/** All series of a histogram as one. */
function histogramOf(buckets: readonly Sample[]): HistogramLike | undefined {
  const byBound = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const le = labels.get("le");
    const bound = le === "+Inf" ? Infinity : Number(le);
    if (Number.isNaN(bound) || !Number.isFinite(value)) continue;
    byBound.set(bound, (byBound.get(bound) ?? 0) + value);
  }
  const bounds = [...byBound.keys()].toSorted((a, b) => a - b);
  if (bounds.at(-1) !== Infinity) return undefined;
  const totals = bounds.map((bound) => byBound.get(bound)!);
  const counts = totals.map((total, at) => Math.max(0, total - (totals[at - 1] ?? 0)));
  return { buckets: { boundaries: bounds.slice(0, -1), counts }, count: totals.at(-1)!, sum: 0 };
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + (Number.isFinite(value) ? value : 0), 0);
}

function least(samples: readonly Sample[]): number | undefined {
  return samples.length === 0 ? undefined : Math.min(...samples.map(({ value }) => value));
}

function greatest(samples: readonly Sample[]): number | undefined {
  return samples.length === 0 ? undefined : Math.max(...samples.map(({ value }) => value));
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
