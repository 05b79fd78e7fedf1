import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** What a process learns whose number has gone to another. */
export const lostLaws: readonly Law[] = [
  {
    name: "tells a former owner that its number is lost once another has it",
    async run(scene) {
      const former = await scene.granted("a", { holdMs: scene.shortHoldMs });
      await scene.pass(1);
      const present = await scene.granted("b");
      assert.equal(present.num, former.num);
      assert.deepEqual(await scene.beat("a", { held: former }), { kind: "lost" });
      assert.deepEqual(await scene.granted("b", { held: present }), present);
    },
  },
  {
    name: "gives a process that lost its number another when it asks for one",
    async run(scene) {
      const former = await scene.granted("a", { holdMs: scene.shortHoldMs });
      await scene.pass(1);
      await scene.granted("b");
      await scene.beat("a", { held: former });
      assert.equal((await scene.granted("a")).num, 1);
    },
  },
  {
    name: "tells a former owner that its number is lost, also after the next owner released it",
    async run(scene) {
      const former = await scene.granted("a", { holdMs: scene.shortHoldMs });
      await scene.pass(1);
      await scene.release("b", await scene.granted("b"));
      assert.deepEqual(await scene.beat("a", { held: former }), { kind: "lost" });
    },
  },
  {
    name: "tells an owner that believes in another grant than its own that it is lost",
    async run(scene) {
      const held = await scene.granted("a");
      const { num, epoch } = held;
      assert.deepEqual(await scene.beat("a", { held: { num, epoch: epoch - 1 } }), {
        kind: "lost",
      });
      assert.deepEqual(await scene.beat("a", { held: { num: num + 1, epoch } }), { kind: "lost" });
      assert.deepEqual(await scene.granted("a"), held);
    },
  },
];
