import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

interface Outcome {
  readonly transcript: unknown[];
  /** The requests that were counted, where they were. */
  readonly measured?: number;
}

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function corpus(...flags: string[]): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=@taskmon/source",
    "--experimental-strip-types",
    "--no-warnings",
    ...flags,
    fixture("corpus.ts"),
  ]);
  return JSON.parse(stdout) as Outcome;
}

it("leaves every exchange of a program as it was, to the byte, the events and the errors", async () => {
  const [bare, measured] = await Promise.all([
    corpus(),
    corpus(`--import=${fixture("preload.ts")}`),
  ]);
  expect(bare.measured).toBeUndefined();
  expect(measured.measured).toBeGreaterThan(30);
  expect(measured.transcript.length).toBe(bare.transcript.length);
  for (const [index, exchange] of measured.transcript.entries()) {
    expect(exchange).toEqual(bare.transcript[index]);
  }
});
