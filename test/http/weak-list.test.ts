import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { WeakList } from "../../src/http/weak-list.ts";
import { turns } from "./harness.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("drains what was added and not taken out", () => {
  const list = new WeakList<object>();
  const objects = [{}, {}, {}];
  const takeOut = objects.map((object) => list.add(object));
  takeOut[1]!();
  takeOut[1]!();
  expect(list.size).toBe(2);
  const drained = list.drain();
  expect(drained[0]).toBe(objects[0]);
  expect(drained[1]).toBe(objects[2]);
  expect(drained).toHaveLength(2);
  expect(list.drain()).toEqual([]);
});

it("keeps nothing alive, and does not grow with what died", async () => {
  const list = new WeakList<object>();
  const kept = {};
  list.add(kept);
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 1_000; i++) list.add({});
    // A WeakRef keeps its object until the end of the turn in which it was made.
    await turns(1);
    collectGarbage();
  }
  expect(list.size).toBeLessThan(5_000);
  const drained = list.drain();
  expect(drained).toContain(kept);
  expect(drained.length).toBeLessThan(1_100);
});
