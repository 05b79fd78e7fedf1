import type { AttachableReader, PushExporter } from "../sdk/types.ts";
import type { Clock } from "../shared/clock.ts";
import { type AttachOptions, isHeld } from "./attach.ts";
import type { AttachedReaders } from "./attached-readers.ts";
import { gateExporter } from "./exporter.ts";
import type { ReaderView } from "./reader-view.ts";

/** `taskmon.readers`: the readers that export under the task number. */
export class Readers {
  readonly #attached: AttachedReaders;
  readonly #clock: Clock;
  readonly #begin: () => void;

  /** @internal */
  constructor(attached: AttachedReaders, clock: Clock, begin: () => void) {
    this.#attached = attached;
    this.#clock = clock;
    this.#begin = begin;
  }

  /** How each attached reader stands that was not shut down; for `exportsCheck`, say. */
  get list(): ReaderView[] {
    return this.#attached.views;
  }

  /**
   * Puts the gate and the task number into a reader, and returns the same reader. Starts the lease.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    this.#attached.attach(reader, options);
    this.#begin();
    return reader;
  }

  /**
   * Whether an attached reader sends or answers nothing now, for want of a number: an endpoint of
   * your own may then answer 503. Never so for a pull reader attached without `hold`.
   */
  isHeld(reader: AttachableReader): boolean {
    return isHeld(reader);
  }

  /**
   * The exporter for a push reader that keeps its exporter where {@link attach} does not find it: one
   * that asks the gate again before each attempt to send. Of the SDK's own periodic reader, `attach`
   * does this by itself. Attach the reader all the same.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no exporter
   */
  gateExporter<E extends PushExporter>(exporter: E): E {
    return gateExporter(exporter, this.#clock);
  }
}
