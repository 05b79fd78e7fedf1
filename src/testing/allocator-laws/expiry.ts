import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** How long a number is held. */
export const expiryLaws: readonly Law[] = [
  {
    name: "keeps a number for its owner until the hold has run out, and gives it away then",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      const former = await scene.granted("a", { holdMs });
      assert.equal((await scene.granted("b")).num, 1);
      await scene.pass(1);
      const next = await scene.granted("c");
      assert.equal(next.num, former.num);
      assert.ok(next.epoch > former.epoch, `epoch ${next.epoch} after ${former.epoch}`);
    },
  },
  {
    name: "tells a process of a longer hold than its own among those who live",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      await scene.granted("a", { holdMs: 3 * holdMs });
      const answer = await scene.beat("b", { holdMs });
      assert.ok(answer.kind === "granted", `b was answered ${answer.kind}`);
      assert.ok((answer.longestHoldMs ?? 0) >= 3 * holdMs, `told ${answer.longestHoldMs} ms`);
    },
  },
  {
    name: "counts the hold anew from each heartbeat",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      const held = await scene.granted("a", { holdMs });
      await scene.pass(0.6);
      await scene.granted("a", { held, holdMs });
      await scene.pass(0.6);
      assert.equal((await scene.granted("b")).num, 1);
    },
  },
  {
    name: "renews an owner whose hold ran out, under the same epoch, if nobody took the number",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      const held = await scene.granted("a", { holdMs });
      await scene.pass(1);
      assert.deepEqual(await scene.granted("a", { held }), held);
      assert.equal((await scene.granted("b")).num, 1);
    },
  },
  {
    name: "renews an owner whose hold ran out together with another's whose number was taken",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      const [a, b] = await scene.grantedEach(["a", "b"], { holdMs });
      await scene.pass(1);
      assert.equal((await scene.granted("c")).num, a!.num);
      assert.deepEqual(await scene.granted("b", { held: b! }), b);
      assert.equal((await scene.granted("d")).num, 2);
    },
  },
  {
    name: "gives numbers whose holds ran out to the next that ask, the lowest first",
    async run(scene) {
      const holdMs = scene.shortHoldMs;
      // The higher numbers run out earlier.
      await scene.grantedEach(["a", "b", "c", "d"], { holdMs });
      await scene.granted("b", { holdMs });
      await scene.granted("a", { holdMs });
      await scene.pass(1);
      const grants = await scene.grantedEach(["e", "f", "g", "h", "i"]);
      assert.deepEqual(
        grants.map(({ num }) => num),
        [0, 1, 2, 3, 4],
      );
    },
  },
];
