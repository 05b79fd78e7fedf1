import assert from "node:assert/strict";
import type { Law } from "./law.ts";

const OWNERS = ["a", "b", "c", "d"];

/** What a store that has lost its memory makes of processes that say what they held. */
export const forgottenLaws: readonly Law[] = [
  {
    name: "gives owners their old numbers, under larger epochs, in whatever order they come back",
    async run(scene) {
      const grants = await scene.grantedEach(OWNERS);
      await scene.forget();
      for (const index of [3, 1, 0, 2]) {
        const held = grants[index]!;
        const again = await scene.granted(OWNERS[index]!, { held });
        assert.equal(again.num, held.num);
        assert.ok(again.epoch > held.epoch, `epoch ${again.epoch} after ${held.epoch}`);
        assert.deepEqual(await scene.granted(OWNERS[index]!, { held: again }), again);
      }
      assert.equal((await scene.granted("newcomer")).num, 4);
    },
  },
  {
    name: "keeps the numbers below a returned owner's for their owners, also when a newcomer asks",
    async run(scene) {
      const grants = await scene.grantedEach(OWNERS);
      await scene.forget();
      assert.equal((await scene.granted("d", { held: grants[3]! })).num, 3);
      assert.equal((await scene.granted("newcomer", { allocator: scene.another })).num, 4);
      for (const index of [2, 1, 0]) {
        assert.equal((await scene.granted(OWNERS[index]!, { held: grants[index]! })).num, index);
      }
    },
  },
  {
    name: "gives those numbers away when their owners stay away for a hold",
    async run(scene) {
      const [, , c] = await scene.grantedEach(["a", "b", "c"]);
      await scene.forget();
      await scene.granted("c", { held: c!, holdMs: scene.shortHoldMs });
      await scene.granted("c");
      await scene.pass(1);
      const grants = await scene.grantedEach(["d", "e", "f"]);
      assert.deepEqual(
        grants.map(({ num }) => num),
        [0, 1, 3],
      );
    },
  },
  {
    name: "tells an owner that its number is lost where a newcomer was faster",
    async run(scene) {
      const former = await scene.granted("a");
      await scene.forget();
      const present = await scene.granted("newcomer");
      assert.equal(present.num, former.num);
      assert.ok(present.epoch > former.epoch, `epoch ${present.epoch} after ${former.epoch}`);
      assert.deepEqual(await scene.beat("a", { held: former }), { kind: "lost" });
      assert.equal((await scene.granted("a")).num, 1);
    },
  },
  {
    name: "tells an owner at or above maxTasks that its number is lost",
    async run(scene) {
      const [, , c] = await scene.grantedEach(["a", "b", "c"]);
      await scene.forget();
      assert.deepEqual(await scene.beat("c", { held: c!, maxTasks: 2 }), { kind: "lost" });
      assert.equal((await scene.granted("c", { maxTasks: 2 })).num, 0);
    },
  },
];
