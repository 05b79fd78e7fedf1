import { expect, it } from "vitest";
import { delayTrigger } from "../../../src/monitor/index.ts";
import { counter, stage } from "./harness.ts";

it("fires when nobody has asked for so long, and never blocks", async () => {
  const { clock, fire } = stage();
  const child = counter();
  const delayed = delayTrigger(child, { delayMs: 1_000 });

  expect(await fire(delayed)).toBe("delayed");
  await clock.advance(600);
  expect(await fire(delayed)).toBe("delayed");
  await clock.advance(999);
  expect(child.count).toBe(0);
  await clock.advance(1);
  expect(child.count).toBe(1);
});

it("fires again and again: a firing does not wedge it", async () => {
  const { clock, fire } = stage();
  const child = counter();
  const delayed = delayTrigger(child, { delayMs: 1_000 });
  for (let time = 1; time <= 5; time++) {
    expect(await fire(delayed)).toBe("delayed");
    expect(await fire(delayed)).toBe("delayed");
    await clock.advance(1_000);
    expect(child.count).toBe(time);
  }
  expect(clock.pending).toBe(0);
});

it("does not fire for a service that was removed meanwhile", async () => {
  const { clock, fire, endLife } = stage();
  const child = counter();
  const delayed = delayTrigger(child, { delayMs: 1_000 });
  await fire(delayed);
  endLife();
  await clock.advance(5_000);
  expect(child.count).toBe(0);
  expect(clock.pending).toBe(0);
  expect(await fire(delayed)).toBe("delayed");
  expect(clock.pending).toBe(0);
});
