import { TaskmonError } from "../shared/errors.ts";
import { raceAbort } from "../shared/race.ts";
import type { AttachedReader } from "./attached-reader.ts";
import type { ReaderDelivery } from "./collection-outcome.ts";
import type { AttachableReader } from "../sdk/types.ts";

/** A reader's exports were cancelled before they had ended. */
export class ExportsAbortedError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORTS_ABORTED";
}

/** How long the end of a reader's exports may take. */
export interface EndOptions {
  /** Ends the wait when it aborts. @default waits for as long as it takes */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A last export of a push reader, its own way, and the end of all that is under way. Of one that is being
 * shut down, that is what its shutdown does.
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
      const message = `The last export of ${name} was cut off, with ${batchesInFlight} batches on their way`;
      return new ExportsAbortedError(message, { cause: signal?.reason });
    },
  );
}

/** An export that is asked for, and what became of it. Rejects as the reader does. */
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

/** The end of all that is under way, of which nothing is cut off. */
export async function settled(
  attached: AttachedReader,
  signal: AbortSignal | undefined,
): Promise<void> {
  await raceAbort(
    () => attached.exports.idle(),
    signal,
    () => {
      const message = `Exports of ${attached.view.name} are still on their way`;
      return new ExportsAbortedError(message, { cause: signal?.reason });
    },
  );
}
