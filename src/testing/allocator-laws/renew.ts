import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** What an owner's heartbeats do. */
export const renewLaws: readonly Law[] = [
  {
    name: "keeps an owner's number and epoch at each of its heartbeats",
    async run(scene) {
      const held = await scene.granted("a");
      await scene.granted("b");
      for (let beat = 0; beat < 5; beat++) {
        assert.deepEqual(await scene.granted("a", { held }), held);
      }
    },
  },
  {
    name: "gives an owner that does not know its grant, because the answer was lost, the same again",
    async run(scene) {
      await scene.granted("a");
      const unheard = await scene.granted("b");
      await scene.granted("c");
      assert.deepEqual(await scene.granted("b"), unheard);
    },
  },
];
