import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";

/** What came of it, as the other workers read it. */
type Outcome<T> = { readonly value: T } | { readonly error: string };

const asked = new Map<string, Promise<unknown>>();

/**
 * Does something costly once in the whole test run, in the worker that asks first; the others wait for it. Who
 * asks gets the same as the first, an error too, and changes nothing of it.
 * @param name of the thing, for a file of this name
 * @param make gives what can be JSON
 */
export function oncePerRun<T>(name: string, make: () => Promise<T>): Promise<T> {
  const known = asked.get(name) ?? shared(name, make);
  asked.set(name, known);
  return known as Promise<T>;
}

async function shared<T>(name: string, make: () => Promise<T>): Promise<T> {
  const folder = join(inject("testRun").folder, "once");
  const file = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  if (isFirst(join(folder, name))) {
    const outcome = await make().then(
      (value): Outcome<T> => ({ value }),
      (error: unknown): Outcome<T> => ({ error: String(error) }),
    );
    // Nobody reads half of it.
    writeFileSync(`${file}-half`, JSON.stringify(outcome));
    renameSync(`${file}-half`, file);
  }
  // Whoever waits has a time limit of its own, that of its test.
  while (!existsSync(file)) await sleep(50);
  const outcome = JSON.parse(readFileSync(file, "utf8")) as Outcome<T>;
  if ("error" in outcome) throw new Error(outcome.error);
  return outcome.value;
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
