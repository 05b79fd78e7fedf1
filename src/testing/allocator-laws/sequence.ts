import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** How two processes with one instance id are found out. */
export const sequenceLaws: readonly Law[] = [
  {
    name: "answers collision to a sequence that is not larger than the instance's last",
    async run(scene) {
      const held = await scene.granted("a", { seq: 5 });
      assert.deepEqual(await scene.beat("a", { seq: 5, held }), { kind: "collision" });
      assert.deepEqual(await scene.beat("a", { seq: 4, held }), { kind: "collision" });
      assert.deepEqual(await scene.beat("a", { seq: 4 }), { kind: "collision" });
      assert.deepEqual(await scene.granted("a", { seq: 6, held }), held);
      assert.deepEqual(await scene.beat("a", { seq: 6, held }), { kind: "collision" });
    },
  },
  {
    name: "does not extend a hold for a sequence that it refuses",
    async run(scene) {
      const held = await scene.granted("a", { seq: 5, holdMs: scene.shortHoldMs });
      await scene.beat("a", { seq: 5, held });
      await scene.pass(1);
      assert.equal((await scene.granted("b")).num, held.num);
    },
  },
  {
    name: "counts each instance's sequence apart",
    async run(scene) {
      await scene.granted("a", { seq: 100 });
      await scene.granted("b", { seq: 1 });
      await scene.granted("b", { seq: 2 });
    },
  },
];
