import { TaskmonError } from "../shared/errors.ts";
import { raceAbort } from "../shared/race.ts";
import type { AttachedReader } from "./attached-reader.ts";
import type { ReaderDelivery } from "./collection-outcome.ts";
import type { AttachableReader } from "../sdk/types.ts";

/** A reader's exports were cancelled before they had ended. */
export class ExportsAbortedError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORTS_ABORTED";
}

/** Options for waiting until a reader's exports end. */
export interface EndOptions {
  /** Ends the wait. @default no limit */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a last export of a push reader in its own way, and waits for all running exports. If the reader is
 * being shut down, its shutdown is the last export.
 */
export async function lastExport(
  reader: AttachableReader,
  attached: AttachedReader,
  signal: AbortSignal | undefined,
): Promise<ReaderDelivery> {
  attached.hurry("once");
  return raceAbort(
    () => exported(reader, attached),
    signal,
    () => {
      const { name, batchesInFlight = 0 } = attached.view;
      attached.close();
      const message = `The last export of ${name} was cut off, with ${batchesInFlight} unfinished batches`;
      return new ExportsAbortedError(message, { cause: signal?.reason });
    },
  );
}

/** Makes an export and returns its outcome. Rejects if the reader rejects. */
export async function exported(
  reader: AttachableReader,
  attached: AttachedReader,
): Promise<ReaderDelivery> {
  const mark = attached.mark;
  const flush = async (): Promise<void> => reader.forceFlush();
  const [flushed] = await Promise.allSettled([attached.ownEnd ?? flush()]);
  await attached.exports.idle();
  if (flushed.status === "rejected") throw flushed.reason;
  return attached.ownDelivery ?? attached.deliverySince(mark);
}

/** Waits until all running exports have ended. Cuts nothing off. */
export async function settled(
  attached: AttachedReader,
  signal: AbortSignal | undefined,
): Promise<void> {
  await raceAbort(
    () => attached.exports.idle(),
    signal,
    () => {
      const message = `Exports of ${attached.view.name} have not ended yet`;
      return new ExportsAbortedError(message, { cause: signal?.reason });
    },
  );
}
