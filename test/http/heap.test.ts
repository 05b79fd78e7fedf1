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

it("leaves nothing of a request that is over to the next collection of the young generation", async () => {
  const { stdout } = await run(process.execPath, [...flags, fixture("young")]);
  const { requests, bare, ours } = JSON.parse(stdout) as {
    requests: number;
    bare: { kept: number; closed: number };
    ours: { kept: number; closed: number };
  };
  expect((ours.kept - bare.kept) / requests).toBeLessThan(200);
  // Node.js itself keeps closed connections until the next full collection.
  expect((ours.closed - bare.closed) / requests).toBeLessThan(2_000);
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
