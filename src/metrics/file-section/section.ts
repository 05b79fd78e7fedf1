import { formatPlace } from "../../files/problem.ts";
import { type FileSection, Firsts } from "../../files/section.ts";
import type { SpecFile } from "../../files/spec-file.ts";
import { DEFAULT_METRICS_HTTP_PORT } from "../../shared/metrics-service.ts";
import type { MetricSpec } from "../spec.ts";
import { entriesOf } from "./entries.ts";
import { specOfEntry } from "./spec-entry.ts";
import { SpecSet } from "./spec-set.ts";

/** Reads the metrics of spec files: each metric once, in the order of the files. */
export class MetricsSection implements FileSection<readonly MetricSpec[]> {
  readonly #set = new SpecSet();

  read(file: SpecFile): void {
    for (const entry of entriesOf(file.fields)) {
      const spec = specOfEntry(entry, file);
      const conflict = spec && this.#set.add(spec);
      if (conflict !== undefined) file.say(file.place(entry.pointer), conflict);
    }
  }

  result(): readonly MetricSpec[] {
    return Object.freeze(this.#set.specs);
  }
}

/** Reads the scrape endpoint's port from spec files. Zero means the default. */
export class PortSection implements FileSection<number> {
  readonly #ports = new Firsts<number>();

  read(file: SpecFile): void {
    const given = file.fields["httpPort"];
    if (typeof given !== "number") return;
    const port = given || DEFAULT_METRICS_HTTP_PORT;
    const place = file.place("/httpPort");
    const first = this.#ports.add("httpPort", port, place);
    if (first === undefined || first.value === port) return;
    const other = formatPlace(first.place);
    file.say(place, `httpPort is ${first.value} at ${other}; a set of files has one port`);
  }

  result(): number {
    return this.#ports.values()[0] ?? DEFAULT_METRICS_HTTP_PORT;
  }
}
