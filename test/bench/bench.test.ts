import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
const flags = ["--conditions=@taskmon/source", "--expose-gc", "bench/run.ts"];

interface Report {
  readonly suites: readonly {
    readonly name: string;
    readonly groups: readonly {
      readonly name: string;
      readonly baseline: string;
      readonly rows: readonly {
        readonly contender: string;
        readonly figures: Readonly<Record<string, { readonly median: number }>>;
      }[];
    }[];
  }[];
}

/** All but `allocators`, whose servers and thousands of instances take minutes; run it by hand. */
const SUITES = ["handles", "collect", "http-server", "http-client", "monitor"];

it("measures suites, and prints one line of JSON where asked", async () => {
  const args = [...flags, ...SUITES, "--json", "--rounds=3", "--round-ms=5"];
  const { stdout } = await runOk(process.execPath, args, { cwd: root });

  const lines = stdout.split("\n").filter((line) => line !== "");
  expect(lines).toHaveLength(1);
  const { suites } = JSON.parse(lines[0]!) as Report;
  expect(suites.map(({ name }) => name)).toEqual(SUITES);
  for (const group of suites.flatMap(({ groups }) => groups)) {
    const contenders = group.rows.map(({ contender }) => contender);
    expect(contenders).toEqual(expect.arrayContaining(["taskmon", group.baseline]));
    for (const { figures } of group.rows) {
      for (const { median } of Object.values(figures)) expect(median).toEqual(expect.any(Number));
    }
  }
  // Some thirty processes, one after the other.
}, 120_000);

it("prints a table of the suites that are named", async () => {
  const args = [...flags, "collect", "--rounds=2", "--round-ms=1"];
  const { stdout } = await runOk(process.execPath, args, { cwd: root });
  expect(stdout).toMatch(/10,000 series/);
  expect(stdout).toMatch(/^ {2}taskmon +[\d.]+ \([\d.]+ to [\d.]+\)/m);
  expect(stdout).not.toMatch(/http/i);
});

it("refuses a suite that there is not", async () => {
  const run = runOk(process.execPath, [...flags, "speed"], { cwd: root });
  await expect(run).rejects.toThrow(
    "No suite speed; there are handles, collect, scrape, http-server, http-client",
  );
});
