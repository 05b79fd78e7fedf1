import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** A million where the proof is wanted whole. */
const REQUESTS = Number(process.env["TASKMON_HEAP_REQUESTS"] ?? 20_000);

const run = promisify(execFile);
const flags = [
  "--conditions=@taskmon/source",
  "--experimental-strip-types",
  "--no-warnings",
  "--expose-gc",
];

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));
}

it("lets what it keeps of a request die with the request, not with the next full collection", async () => {
  const { stdout } = await run(process.execPath, [...flags, fixture("young")]);
  const { requests, bare, ours } = JSON.parse(stdout) as Record<
    "requests" | "bare" | "ours",
    number
  >;
  // In bytes. Node.js itself leaves some; a function of ours in old space left 2,500.
  expect((ours - bare) / requests).toBeLessThan(1_000);
});

it(
  `keeps a flat heap and few series over ${REQUESTS} requests of distinct garbage`,
  { timeout: 60_000 + REQUESTS },
  async () => {
    const { stdout } = await run(process.execPath, [...flags, fixture("heap"), String(REQUESTS)]);
    const { heaps, series, counted, sent } = JSON.parse(stdout) as {
      heaps: number[];
      series: number;
      counted: number;
      sent: number;
    };
    expect(counted).toBe(sent);
    expect(series).toBeLessThan(40);
    // From the second part on everything has been compiled and cached.
    const growth = heaps[3]! - heaps[1]!;
    expect(growth).toBeLessThan(1_000_000);
  },
);
