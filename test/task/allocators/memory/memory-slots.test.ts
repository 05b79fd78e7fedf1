import { expect, it } from "vitest";
import { MemorySlots } from "../../../../src/task/allocators/memory/memory-slots.ts";

it("still finds an instance whose former number is cleared after it got another", () => {
  const slots = new MemorySlots();
  const put = (num: number, instance: string | null): void =>
    slots.put({ num, instance, epoch: 1, seq: 1, until: null });
  put(0, null);
  put(1, "i");
  put(0, "i");
  put(1, null);
  expect(slots.ofInstance("i")?.num).toBe(0);
  put(0, null);
  expect(slots.ofInstance("i")).toBeUndefined();
});
