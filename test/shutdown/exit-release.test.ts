import { expect, it, onTestFinished } from "vitest";
import {
  type ExitReleaseParts,
  releaseAtExit,
  runExitReleases,
} from "../../src/shutdown/exit-release.ts";
import type { Release } from "../../src/task/allocator.ts";
import type { Target } from "../../src/task/target.ts";

const target: Target = { serviceName: "s", jobName: "s", hostName: "h" };

/** A task with the number `held.num`, and what was handed back of it. */
function task(release?: (grant: Release) => boolean) {
  const held: { num: number | undefined } = { num: 3 };
  const given: unknown[][] = [];
  const parts: ExitReleaseParts = {
    allocator: {
      name: "test",
      releaseSync(...args) {
        given.push(args);
        return release?.(args[2]) ?? true;
      },
    },
    task: {
      target,
      instanceId: "i",
      get number() {
        return held.num;
      },
      get epoch() {
        return held.num === undefined ? undefined : 7;
      },
    },
    quarantineMs: 100,
  };
  const end = releaseAtExit(parts);
  onTestFinished(end);
  return { held, given, end };
}

const grant = { num: 3, epoch: 7, quarantineMs: 100 };

it("hands the number back that is held then, at the exit of the process", () => {
  const { given } = task();
  const ours = process.listeners("exit").filter((listener) => listener === runExitReleases);
  expect(ours).toHaveLength(1);
  ours[0]!(0);
  expect(given).toEqual([[target, "i", grant]]);
});

it("does nothing while no number is held", () => {
  const { held, given } = task();
  held.num = undefined;
  runExitReleases();
  expect(given).toEqual([]);
});

it("hands back the numbers of all, also when one of them fails", () => {
  const failing = task(() => {
    throw new Error("locked");
  });
  const other = task();
  runExitReleases();
  expect([failing.given, other.given]).toEqual([[[target, "i", grant]], [[target, "i", grant]]]);
});

it("listens once for all of them, and no more when they have ended", () => {
  const count = (): number => process.listenerCount("exit");
  const before = count();
  const [first, second] = [task(), task()];
  expect(count()).toBe(before + 1);
  first.end();
  first.end();
  expect(count()).toBe(before + 1);
  second.end();
  expect(count()).toBe(before);
  runExitReleases();
  expect([...first.given, ...second.given]).toEqual([]);
});

it("listens to nothing for an allocator that cannot do it at once", () => {
  const before = process.listenerCount("exit");
  const { number, epoch } = { number: 0, epoch: 1 };
  releaseAtExit({
    allocator: { name: "far" },
    task: { target, instanceId: "i", number, epoch },
    quarantineMs: 0,
  })();
  expect(process.listenerCount("exit")).toBe(before);
});
