import assert from "node:assert/strict";
import { TARGET, type Law } from "./law.ts";

/** How calls end. */
export const callLaws: readonly Law[] = [
  {
    name: "rejects a call whose signal has aborted, and does nothing",
    async run(scene) {
      const signal = AbortSignal.abort(new Error("the caller has gone"));
      await assert.rejects(scene.beat("a", { signal }));
      assert.equal((await scene.granted("b")).num, 0);
    },
  },
  {
    name: "frees in housekeeping nothing that is held",
    async run(scene) {
      const held = await scene.granted("a");
      const former = await scene.granted("b", { holdMs: scene.shortHoldMs });
      await scene.pass(1);
      const options = { signal: new AbortController().signal };
      await scene.allocator.housekeep?.(TARGET, options);
      assert.deepEqual(await scene.granted("a", { held }), held);
      assert.equal((await scene.granted("c")).num, former.num);
    },
  },
  {
    name: "goes on when another allocator on the same store is closed",
    async run(scene) {
      const held = await scene.granted("a", { allocator: scene.another });
      if (scene.another !== scene.allocator) await scene.another.close?.();
      assert.deepEqual(await scene.granted("a", { held }), held);
    },
  },
];
