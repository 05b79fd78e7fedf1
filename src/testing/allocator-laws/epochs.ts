import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** What epochs say. */
export const epochLaws: readonly Law[] = [
  {
    name: "gives each new grant of a number a larger epoch",
    async run(scene) {
      let last = -1;
      for (let round = 0; round < 10; round++) {
        const instance = `task-${round % 3}`;
        const grant = await scene.granted(instance);
        assert.equal(grant.num, 0);
        assert.ok(grant.epoch > last, `epoch ${grant.epoch} after ${last}`);
        last = grant.epoch;
        await scene.release(instance, grant);
      }
    },
  },
  {
    name: "remembers a number's epoch while nobody owns it",
    async run(scene) {
      const [a, b] = await scene.grantedEach(["a", "b"]);
      await scene.release("a", a!);
      await scene.release("b", b!);
      const [c, d] = await scene.grantedEach(["c", "d"]);
      assert.ok(c!.epoch > a!.epoch && d!.epoch > b!.epoch);
    },
  },
];
