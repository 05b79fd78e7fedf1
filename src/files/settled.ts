import { systemClock } from "../shared/clock.ts";
import { repeat } from "../shared/repeat.ts";
import { readText } from "./read-text.ts";

/** The result of reading a file: its text, or why there is none. */
export type Reading = { readonly text: string } | { readonly problem: string };

/** How often a file is looked at, in milliseconds. One `stat` a second costs next to nothing. */
export const LOOK_MS = 1_000;
/** If two reads this far apart are equal, nobody is writing the file. */
const SETTLE_MS = 50;
/** A file that keeps changing is treated as missing. */
const MAX_ATTEMPTS = 20;

/**
 * Reads a file that may be replaced or written at any time: not half of what is being written, nor the gap
 * in a replacement. Never rejects.
 * @param known its text before; if it is unchanged, there is no second read
 * @param pause waits so many milliseconds
 */
export async function readSettled(
  path: string,
  known: Reading | undefined,
  pause: (ms: number) => Promise<unknown>,
): Promise<Reading> {
  let reading = await read(path);
  if (isSameReading(reading, known)) return reading;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    await pause(SETTLE_MS);
    const next = await read(path);
    if (isSameReading(next, reading)) return next;
    reading = next;
  }
  return { problem: "the file is being written all the time" };
}

export function isSameReading(a: Reading, b: Reading | undefined): boolean {
  if (b === undefined) return false;
  return "text" in a ? "text" in b && a.text === b.text : "problem" in b && a.problem === b.problem;
}

/**
 * Calls `changed` when a file may have changed. Asks what the path means now, so links may change on the
 * way, and file systems need tell nothing. Keeps no process alive.
 * @param atFirst whether to call once at the beginning, since it may have changed after it was read
 * @returns a function that ends it
 */
export function watchPath(
  path: string,
  lookMs: number,
  changed: () => void,
  atFirst = false,
): () => void {
  let isOver = false;
  let known: string | undefined;
  const look = async (): Promise<number> => {
    const found = await signatureOf(path);
    const isNews = known === undefined ? atFirst : found !== known;
    known = found;
    if (isNews && !isOver) changed();
    return lookMs;
  };
  const looks = repeat(systemClock(), look, lookMs);
  return () => {
    isOver = true;
    looks.stop();
  };
}

/** A text that differs when the file was replaced or changed. */
async function signatureOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await process
      .getBuiltinModule("node:fs")
      .promises.stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join();
  } catch {
    return "none";
  }
}

async function read(path: string): Promise<Reading> {
  const found = await readText(path);
  return "text" in found ? { text: found.text } : { problem: found.message };
}
