import { createReporter } from "../shared/report.ts";

/** Says, once, of a push reader whose exporter does not ask the gate. By its second export it has shown. */
export class UnseenExporter {
  readonly #reader: string;
  readonly #report = createReporter("reader");
  #collections = 0;

  constructor(reader: string) {
    this.#reader = reader;
  }

  /** A collection leaves; `isReported` tells whether ends of exports were seen by now. */
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
