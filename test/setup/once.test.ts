import { randomUUID } from "node:crypto";
import { expect, it, vi } from "vitest";
import { oncePerRun } from "./once.ts";

/** The function as another worker has it, which knows nothing of this one's calls. */
async function inAnotherWorker(): Promise<typeof oncePerRun> {
  vi.resetModules();
  return (await import("./once.ts")).oncePerRun;
}

it("makes a thing once for all who ask, in this worker and in others, also at once", async () => {
  const name = randomUUID();
  const other = await inAnotherWorker();
  let made = 0;
  const make = async () => ({ made: ++made });
  const asked = [oncePerRun(name, make), oncePerRun(name, make), other(name, make)];
  expect(await Promise.all(asked)).toEqual([{ made: 1 }, { made: 1 }, { made: 1 }]);
  expect(await (await inAnotherWorker())(name, make)).toEqual({ made: 1 });
  expect(await oncePerRun(randomUUID(), make)).toEqual({ made: 2 });
});

it("tells everyone why it could not be made", async () => {
  const name = randomUUID();
  const fail = () => Promise.reject(new Error("no disk"));
  await expect(oncePerRun(name, fail)).rejects.toThrow("no disk");
  const other = await inAnotherWorker();
  await expect(other(name, async () => 1)).rejects.toThrow("no disk");
});
