import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** Which numbers instances get. */
export const distributeLaws: readonly Law[] = [
  {
    name: "gives the first instance number 0, the second 1, and so on",
    async run(scene) {
      const grants = await scene.grantedEach(["a", "b", "c", "d"]);
      assert.deepEqual(
        grants.map(({ num }) => num),
        [0, 1, 2, 3],
      );
    },
  },
  {
    name: "gives the lowest number that nobody owns",
    async run(scene) {
      const [, b, , d] = await scene.grantedEach(["a", "b", "c", "d", "e"]);
      await scene.release("d", d!);
      await scene.release("b", b!);
      const grants = await scene.grantedEach(["f", "g", "h"]);
      assert.deepEqual(
        grants.map(({ num }) => num),
        [1, 3, 5],
      );
    },
  },
  {
    name: "shows the same numbers to every allocator on the store",
    async run(scene) {
      const first = await scene.granted("a");
      const second = await scene.granted("b", { allocator: scene.another });
      assert.deepEqual([first.num, second.num], [0, 1]);
      assert.deepEqual(await scene.granted("a", { held: first, allocator: scene.another }), first);
      assert.deepEqual(await scene.granted("b", { held: second }), second);
    },
  },
];
