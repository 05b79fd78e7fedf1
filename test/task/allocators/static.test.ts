import { describe, expect, it, test } from "vitest";
import { staticAllocator } from "../../../src/task/allocators/static.ts";
import { allocatorLaws } from "../../../src/testing/index.ts";
import { beat } from "./beats.ts";
import { lawsOfSeveral } from "./fixed/laws-of-several.ts";

describe("the laws of allocators, for a static number", () => {
  allocatorLaws(test, {
    create: () => ({ allocator: staticAllocator({ number: 0 }) }),
    advance: () => {},
    skip: lawsOfSeveral,
  });
});

describe("staticAllocator", () => {
  it("grants the number of its option, or of the environment", async () => {
    const env = { TASKMON_TASK_NUMBER: "12" };
    expect(await beat(staticAllocator(undefined, env), "a")).toMatchObject({ num: 12 });
    expect(await beat(staticAllocator({ number: 3 }, env), "a")).toMatchObject({ num: 3 });
  });

  it.each([undefined, "", "-1", "1.5", "two", "1e3", "99999999999999999999"])(
    "finds no number in TASKMON_TASK_NUMBER=%s",
    (text) => {
      expect(() => staticAllocator({}, { TASKMON_TASK_NUMBER: text })).toThrow(
        expect.objectContaining({ code: "ERR_TASKMON_NUMBER_UNKNOWN" }),
      );
    },
  );

  it.each([
    [{ number: -1 }, "staticAllocator.number"],
    [{ number: 1.5 }, "staticAllocator.number"],
    [{ number: "1" }, "staticAllocator.number"],
    [{ number: 1, scope: "process" }, "staticAllocator.scope"],
    [{ num: 1 }, "staticAllocator.num"],
  ])("refuses the options %j", (options, option) => {
    expect(() => staticAllocator(options as object)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });

  it("answers full to a process whose limit is not above the number", async () => {
    const allocator = staticAllocator({ number: 3 });
    expect(await beat(allocator, "a", { maxTasks: 3 })).toEqual({ kind: "full" });
    expect(await beat(allocator, "a", { maxTasks: 4 })).toMatchObject({ num: 3 });
  });

  it("is of the scope that whoever chose the number answers for", () => {
    expect(staticAllocator({ number: 0 }).scope).toBe("fleet");
    expect(staticAllocator({ number: 0, scope: "host" }).scope).toBe("host");
  });
});
