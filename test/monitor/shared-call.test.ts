import { expect, it } from "vitest";
import { SharedCall } from "../../src/monitor/shared-call.ts";

/** A call that ends when the test says so. */
function calls() {
  const ends: ((value: number | Error) => void)[] = [];
  const shared = new SharedCall(
    () =>
      new Promise<number>((resolve, reject) => {
        ends.push((value) => (value instanceof Error ? reject(value) : resolve(value)));
      }),
  );
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { shared, ends, settled };
}

it("is made once for all who ask meanwhile, and again afterwards", async () => {
  const { shared, ends, settled } = calls();
  const all = [shared.join(), shared.join(), shared.anew()];
  await settled();
  expect(ends).toHaveLength(1);
  ends[0]!(1);
  expect(await Promise.all(all.slice(0, 2))).toEqual([1, 1]);
  await settled();
  expect(ends).toHaveLength(2);
  ends[1]!(2);
  expect(await all[2]).toBe(2);
});

it("begins anew after the one under way, also where that failed, once for all", async () => {
  const { shared, ends, settled } = calls();
  const first = shared.join();
  await settled();
  const anew = [shared.anew(), shared.anew()];
  ends[0]!(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await settled();
  const joined = shared.join();
  await settled();
  expect(ends).toHaveLength(2);
  ends[1]!(2);
  expect(await Promise.all([...anew, joined])).toEqual([2, 2, 2]);
});
