import { expect, it } from "vitest";
import { compoundTrigger, rateLimitTrigger } from "../../../src/monitor/index.ts";
import { counter, stage } from "./harness.ts";

it("fires all in their order, where none fails", async () => {
  const order: string[] = [];
  const both = compoundTrigger([() => void order.push("a"), () => void order.push("b")]);
  const { fire } = stage();

  expect(await fire(both)).toBe("done");
  expect(await fire(both)).toBe("done");
  expect(order).toEqual(["a", "b", "a", "b"]);
});

it("stops at the first that fails", async () => {
  const [first, second, third] = [counter(), counter(true), counter()];
  await expect(stage().fire(compoundTrigger([first, second, third]))).rejects.toThrow("it fails");
  expect([first.count, second.count, third.count]).toEqual([1, 1, 0]);
});

it("fires nothing but the first where that fails", async () => {
  const [first, second] = [counter(true), counter(true)];
  await expect(stage().fire(compoundTrigger([first, second]))).rejects.toThrow("it fails");
  expect([first.count, second.count]).toEqual([1, 0]);
});

it("goes on after one that a limit holds back, and is limited where all are", async () => {
  const { fire } = stage();
  const limited = rateLimitTrigger(counter(), { max: 0, periodMs: 1_000 });
  const after = counter();

  expect(await fire(compoundTrigger([limited, after]))).toBe("done");
  expect(after.count).toBe(1);
  expect(await fire(compoundTrigger([limited]))).toBe("limited");
});

it("fires nothing more when the time is over", async () => {
  const { fire, abort } = stage();
  const after = counter();
  await expect(fire(compoundTrigger([() => abort(), after]))).rejects.toThrow("enough");
  expect(after.count).toBe(0);
});

it("refuses what is no trigger", () => {
  expect(() => compoundTrigger([{} as never])).toThrow(
    "Option compound.triggers[0] must be a function, or an object with a method trigger(), got an object",
  );
});
