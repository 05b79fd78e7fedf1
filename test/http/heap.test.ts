import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** A million where the proof is wanted whole. */
const REQUESTS = Number(process.env["TASKMON_HEAP_REQUESTS"] ?? 20_000);

it(
  `keeps a flat heap and few series over ${REQUESTS} requests of distinct garbage`,
  { timeout: 60_000 + REQUESTS },
  async () => {
    const program = fileURLToPath(new URL("fixtures/heap.ts", import.meta.url));
    const flags = [
      "--conditions=@taskmon/source",
      "--experimental-strip-types",
      "--no-warnings",
      "--expose-gc",
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      program,
      String(REQUESTS),
    ]);
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
