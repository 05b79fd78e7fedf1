import type { Channel } from "./channel.ts";
import { follow, type Source } from "./follow.ts";

/** The wait for a channel to close after the exit. Something else may keep it open. */
const STRAY_LINE_MS = 1_000;

/**
 * Calls `listener` when the process or thread has ended and its last messages were received. They may arrive
 * after the exit event.
 * @returns a function that removes the listener
 */
export function onceEnded(source: Source, channel: Channel, listener: () => void): () => void {
  let hasExited = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    for (const ending of endings) ending();
  };
  const done = (): void => {
    end();
    listener();
  };
  const endings = [
    follow(source, "exit", () => {
      hasExited = true;
      if (isClosed) done();
      else timer = setTimeout(done, STRAY_LINE_MS).unref();
    }),
    channel.onClose(() => {
      isClosed = true;
      if (hasExited) done();
    }),
  ];
  return end;
}
