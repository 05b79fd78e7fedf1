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

  /** The status of each attached reader that is not shut down, for example for `exportsCheck`. */
  get list(): ReaderView[] {
    return this.#attached.views;
  }

  /**
   * Puts the gate and the task number into a reader, and returns the same reader. Starts the lease.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not a reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    this.#attached.attach(reader, options);
    this.#begin();
    return reader;
  }

  /**
   * Whether an attached reader sends or answers nothing now, because there is no number. Your own endpoint
   * may then answer 503. Never true for a pull reader attached without `hold`.
   */
  isHeld(reader: AttachableReader): boolean {
    return isHeld(reader);
  }

  /**
   * Returns an exporter that asks the gate again before each attempt to send. Use it for a push reader whose
   * exporter {@link attach} does not find. For the SDK's own periodic reader `attach` does this itself. You
   * must still attach the reader.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not an exporter
   */
  gateExporter<E extends PushExporter>(exporter: E): E {
    return gateExporter(exporter, this.#clock);
  }
}
