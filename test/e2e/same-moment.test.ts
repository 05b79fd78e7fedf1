import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { bundled } from "../setup/bundled.ts";
import { runOk } from "../setup/run.ts";

/** So many that some of them meet in one millisecond, which no machine can be made to do. */
const ROUNDS = 12;
/** Until both processes have started, on a busy machine. */
const START_MS = 4_000;
const ROUND_MS = 300;

interface Asked {
  readonly number: number;
}

it("gives two processes that ask at the same moment different numbers", async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "e2e-moment-"));
  const first = Date.now() + START_MS;
  const moments = Array.from({ length: ROUNDS }, (_, round) => String(first + round * ROUND_MS));

  const [one, other] = await Promise.all([ask(folder, moments), ask(folder, moments)]);

  for (const [round, asked] of one.entries()) {
    expect(new Set([asked.number, other[round]!.number])).toEqual(new Set([0, 1]));
  }
});

async function ask(folder: string, moments: readonly string[]): Promise<Asked[]> {
  const script = await bundled(join(import.meta.dirname, "fixtures/lease-at.ts"));
  const args = [script, join(folder, "tasks.sqlite"), ...moments];
  const { stdout } = await runOk(process.execPath, args, { cwd: folder });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Asked);
}
