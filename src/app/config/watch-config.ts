import { unwatchFile, watchFile } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../shared/clock.ts";

/** If two reads this far apart return the same text, nobody is writing the file. */
const SETTLE_MS = 50;

/** The files to watch, and the callbacks. */
export interface ConfigWatch<T> {
  readonly clock: Clock;
  /** Each may hold it, or come to hold it. */
  readonly files: readonly string[];
  /** From one look to the next, in milliseconds. */
  readonly lookMs: number;
  /** The configuration that the program already has; undefined if it has none. */
  readonly known: { readonly config: unknown } | undefined;
  read(): Promise<T | undefined>;
  onChange(config: T | undefined): void;
  /** The file cannot be read or is invalid, or `onChange` threw. */
  onError(error: unknown): void;
}

/**
 * Tells the configuration where the program does not know it, then each change of it. One look at a time,
 * so that an older one never comes after a newer one.
 * @returns a function that ends it
 */
export function watchConfig<T>(watch: ConfigWatch<T>): () => void {
  const { clock, files, lookMs } = watch;
  let { known } = watch;
  let cancel: (() => void) | undefined;
  let looking = Promise.resolve();
  let isOver = false;

  const look = async (): Promise<void> => {
    try {
      const config = await watch.read();
      if (isOver || (known !== undefined && isDeepStrictEqual(known.config, config))) return;
      known = { config };
      watch.onChange(config);
    } catch (error) {
      if (!isOver) watch.onError(error);
    }
  };
  const lookNext = (): void => void (looking = looking.then(look));
  const changed = (): void => {
    cancel?.();
    cancel = clock.after(SETTLE_MS, lookNext);
  };
  // Each is asked what its name means now: links may change on the way, and another file may come first.
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, changed);
  lookNext();
  return () => {
    isOver = true;
    cancel?.();
    for (const file of files) unwatchFile(file, changed);
  };
}
