import { describe, expect, it, test } from "vitest";
import { memoryAllocator } from "../../../src/task/allocators/memory.ts";
import { allocatorLaws, manualClock } from "../../../src/testing/index.ts";

describe("the laws of allocators, for memory", () => {
  const clock = manualClock();
  allocatorLaws(test, {
    create() {
      const subject = {
        allocator: memoryAllocator({ clock }),
        forget() {
          const fresh = memoryAllocator({ clock });
          subject.allocator.notifyTaskIsAlive = fresh.notifyTaskIsAlive;
          subject.allocator.release = fresh.release;
        },
      };
      return subject;
    },
    advance: (ms) => clock.advance(ms),
  });
});

describe("memoryAllocator", () => {
  it("refuses options that it does not know", () => {
    expect(() => memoryAllocator({ file: "x" } as object)).toThrow("memoryAllocator.file");
    expect(() => memoryAllocator({ clock: {} as never })).toThrow("memoryAllocator.clock");
  });
});
