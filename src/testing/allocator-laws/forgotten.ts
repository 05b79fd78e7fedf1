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
    },
  },
  {
    name: "gives numbers to owners only, once the first has come back, whatever number that one has",
    async run(scene) {
      const grants = await scene.grantedEach(OWNERS);
      await scene.forget();
      for (const index of [1, 3, 0, 2]) {
        assert.equal((await scene.granted(OWNERS[index]!, { held: grants[index]! })).num, index);
        for (const allocator of [scene.allocator, scene.another]) {
          assert.deepEqual(await scene.beat("newcomer", { allocator }), { kind: "no_number" });
        }
      }
    },
  },
  {
    name: "gives numbers to owners only, once the first has come back to find its number taken",
    async run(scene) {
      const grants = await scene.grantedEach(OWNERS);
      await scene.forget();
      assert.equal((await scene.granted("newcomer")).num, 0);
      assert.deepEqual(await scene.beat("a", { held: grants[0]! }), { kind: "lost" });
      assert.deepEqual(await scene.beat("a"), { kind: "no_number" });
      for (const index of [1, 2, 3]) {
        assert.equal((await scene.granted(OWNERS[index]!, { held: grants[index]! })).num, index);
      }
    },
  },
  {
    name: "waits for the longest hold that an owner tells of, before it gives numbers to others",
    async run(scene) {
      const grants = await scene.grantedEach(OWNERS);
      await scene.forget();
      const holdMs = scene.shortHoldMs;
      await scene.granted("d", { held: grants[3]!, holdMs, longestHoldMs: 2 * holdMs });
      await scene.pass(1);
      assert.deepEqual(await scene.beat("newcomer", { holdMs }), { kind: "no_number" });
      assert.equal((await scene.granted("b", { held: grants[1]!, holdMs })).num, 1);
      await scene.pass(2);
      assert.equal((await scene.granted("newcomer", { holdMs })).num, 0);
    },
  },
  {
    name: "gives owners' numbers away when their owners stay away for a hold",
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
    name: "tells an owner that its number is lost where a newcomer was faster, under a larger epoch",
    async run(scene) {
      const former = await scene.granted("a");
      await scene.forget();
      const present = await scene.granted("newcomer");
      assert.equal(present.num, former.num);
      assert.ok(present.epoch > former.epoch, `epoch ${present.epoch} after ${former.epoch}`);
      assert.deepEqual(await scene.beat("a", { held: former }), { kind: "lost" });
      assert.deepEqual(await scene.granted("newcomer", { held: present }), present);
    },
  },
  {
    name: "tells an owner at or above maxTasks that its number is lost",
    async run(scene) {
      const [, , c] = await scene.grantedEach(["a", "b", "c"]);
      await scene.forget();
      const holdMs = scene.shortHoldMs;
      assert.deepEqual(await scene.beat("c", { held: c!, maxTasks: 2, holdMs }), { kind: "lost" });
      await scene.pass(1);
      assert.equal((await scene.granted("c", { maxTasks: 2 })).num, 0);
    },
  },
];
