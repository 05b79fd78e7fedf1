import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, expect, it } from "vitest";
import { bytesPerOperation } from "../../bench/harness/bytes.ts";
import { interleave } from "../../bench/harness/interleave.ts";
import { measure } from "../../bench/harness/measure.ts";
import { judge } from "../../bench/harness/results.ts";
import { spreadOf } from "../../bench/harness/spread.ts";

beforeAll(() => {
  setFlagsFromString("--expose-gc");
  globalThis.gc ??= runInNewContext("gc") as NodeJS.GCFunction;
});

it("gives the median and the quartiles of any number of values", () => {
  expect(spreadOf([7])).toEqual({ median: 7, q1: 7, q3: 7 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25 });
  expect(spreadOf([50, 10, 40, 20, 30])).toEqual({ median: 30, q1: 20, q3: 40 });
});

it("gives every contender a turn in each round, and each the first turn in its time", async () => {
  const turns: string[] = [];
  await interleave(["a", "b", "c"], 4, async (contender, round) => {
    turns.push(`${round}${contender}`);
  });
  expect(turns.join(" ")).toBe("0a 0b 0c 1b 1c 1a 2c 2a 2b 3a 3b 3c");
});

it("counts the bytes that an operation allocates", () => {
  const kept: unknown[] = Array.from({ length: 1_024 });
  const allocate = (count: number): void => {
    // Three fields behind a header of three words, of eight bytes each.
    for (let index = 0; index < count; index++) {
      kept[index & 1_023] = { a: index, b: index, c: index };
    }
  };
  let sum = 0;
  const addUp = (count: number): void => {
    for (let index = 0; index < count; index++) sum = (sum + index) & 0xffff;
  };
  for (let round = 0; round < 20; round++) {
    allocate(20_000);
    addUp(20_000);
  }
  expect(bytesPerOperation(allocate, 15).median).toBeCloseTo(48, 0);
  expect(bytesPerOperation(addUp, 15).median).toBeCloseTo(0, 0);
});

it("shows what else a contender saw of its measured runs, and holds it against its goals", async () => {
  let runs = 0;
  const contender = {
    name: "a",
    run: () => void runs++,
    seen: () => ({ "longest, ms": runs }),
    goals: [{ figure: "longest, ms", atMost: 5 }],
  };
  const group = { name: "g", baseline: "a", operations: 1, contenders: [contender] };
  const { rows } = await measure(group, { rounds: 3, roundMs: 1 });
  // After three to warm up.
  expect(rows[0]!.figures["longest, ms"]).toEqual({ median: 5, q1: 4.5, q3: 5.5 });
  expect(rows[0]!.goals).toEqual([{ figure: "longest, ms", atMost: 5, met: true }]);
});

it("does not accept a contender that dropped what it was to count", async () => {
  let kept = 0;
  const contender = (name: string, keeps: number) => ({
    name,
    run: (count: number): void => {
      for (let index = 0; index < count; index++) kept += keeps;
    },
    counted: async () => kept,
  });
  const options = { rounds: 1, roundMs: 1 };
  const group = (keeps: number) => ({
    name: "counts",
    baseline: "it",
    contenders: [contender("it", keeps)],
  });
  await expect(measure(group(1), options)).resolves.toMatchObject({
    rows: [{ contender: "it", figures: { "times faster": { median: 1 } } }],
  });
  await expect(measure(group(0), options)).rejects.toThrow(/it was to count \d+ operations/);
});

it("does not accept a contender that takes no time", async () => {
  const group = {
    name: "idles",
    baseline: "it",
    contenders: [{ name: "it", run: (): void => {} }],
  };
  const measured = measure(group, { rounds: 1, roundMs: 1_000 });
  await expect(measured).rejects.toThrow("it takes no time, so there is nothing to measure");
});

it("says whether a goal was met", () => {
  const figures = { "ns/op": { median: 5, q1: 4, q3: 6 } };
  const goals = [
    { figure: "ns/op", atMost: 5 },
    { figure: "ns/op", atLeast: 6 },
  ];
  expect(judge(figures, goals).map(({ met }) => met)).toEqual([true, false]);
});
