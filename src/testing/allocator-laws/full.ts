import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** What happens at the limit. */
export const fullLaws: readonly Law[] = [
  {
    name: "answers full when every number below maxTasks is held, and renews the owners",
    async run(scene) {
      const maxTasks = 3;
      const grants = await scene.grantedEach(["a", "b", "c"], { maxTasks });
      assert.deepEqual(await scene.beat("d", { maxTasks }), { kind: "full" });
      for (const [index, instance] of ["a", "b", "c"].entries()) {
        const held = grants[index]!;
        assert.deepEqual(await scene.granted(instance, { held, maxTasks }), held);
      }
    },
  },
  {
    name: "gives a number again once one is free",
    async run(scene) {
      const maxTasks = 2;
      const [a] = await scene.grantedEach(["a", "b"], { maxTasks });
      assert.deepEqual(await scene.beat("c", { maxTasks }), { kind: "full" });
      await scene.release("a", a!);
      assert.equal((await scene.granted("c", { maxTasks })).num, 0);
      assert.deepEqual(await scene.beat("d", { maxTasks }), { kind: "full" });
    },
  },
  {
    name: "gives a number again once a hold has run out",
    async run(scene) {
      const maxTasks = 1;
      await scene.granted("a", { maxTasks, holdMs: scene.shortHoldMs });
      assert.deepEqual(await scene.beat("b", { maxTasks }), { kind: "full" });
      await scene.pass(1);
      assert.equal((await scene.granted("b", { maxTasks })).num, 0);
    },
  },
  {
    name: "grants no number at or above maxTasks where another process has a higher limit",
    async run(scene) {
      const [, , c] = await scene.grantedEach(["a", "b", "c"]);
      await scene.release("c", c!);
      assert.deepEqual(await scene.beat("d", { maxTasks: 2 }), { kind: "full" });
      assert.equal((await scene.granted("d", { maxTasks: 3 })).num, 2);
    },
  },
  {
    name: "tells an owner at or above maxTasks that it is lost, and moves it below",
    async run(scene) {
      const [a, , c] = await scene.grantedEach(["a", "b", "c"]);
      assert.deepEqual(await scene.beat("c", { held: c!, maxTasks: 2 }), { kind: "lost" });
      assert.deepEqual(await scene.beat("c", { maxTasks: 2 }), { kind: "full" });
      await scene.release("a", a!);
      assert.equal((await scene.granted("c", { maxTasks: 2 })).num, 0);
    },
  },
];
