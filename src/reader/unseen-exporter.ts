import { createReporter } from "../shared/report.ts";

/** Logs once that the exporter of a push reader does not ask the gate. This is known at the second export. */
export class UnseenExporter {
  readonly #reader: string;
  readonly #report = createReporter("reader");
  #collections = 0;

  constructor(reader: string) {
    this.#reader = reader;
  }

  /** Notes an exported collection. `isReported` says whether the end of an export has been seen by now. */
  note(isReported: boolean): void {
    this.#collections += 1;
    if (this.#collections < 2 || isReported) return;
    this.#report.warnOnce(
      "exporter",
      `The exporter of ${this.#reader} was not found, so the gate is asked when it collects, but not ` +
        "before each attempt to send; give the reader taskmon.readers.gateExporter(exporter)",
    );
  }
}
