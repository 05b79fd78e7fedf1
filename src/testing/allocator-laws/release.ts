import assert from "node:assert/strict";
import type { Law } from "./law.ts";

/** How a number is handed back. */
export const releaseLaws: readonly Law[] = [
  {
    name: "gives a number that was released without quarantine to the next that asks",
    async run(scene) {
      const [a] = await scene.grantedEach(["a", "b"]);
      assert.equal(await scene.release("a", a!), true);
      const next = await scene.granted("c");
      assert.equal(next.num, a!.num);
      assert.ok(next.epoch > a!.epoch, `epoch ${next.epoch} after ${a!.epoch}`);
    },
  },
  {
    name: "lets a released number rest for its quarantine, and gives it away then",
    async run(scene) {
      const held = await scene.granted("a");
      assert.equal(await scene.release("a", held, { quarantineMs: scene.shortHoldMs }), true);
      assert.equal((await scene.granted("b")).num, 1);
      await scene.pass(1);
      assert.equal((await scene.granted("c")).num, held.num);
    },
  },
  {
    name: "releases only the exact grant, and only for its owner",
    async run(scene) {
      const [a, b] = await scene.grantedEach(["a", "b"]);
      assert.equal(await scene.release("b", a!), false);
      assert.equal(await scene.release("a", { num: a!.num, epoch: a!.epoch - 1 }), false);
      assert.equal(await scene.release("a", { num: a!.num, epoch: a!.epoch + 1 }), false);
      assert.equal(await scene.release("a", { num: b!.num, epoch: a!.epoch }), false);
      assert.equal(await scene.release("nobody", a!), false);
      assert.equal(await scene.release("a", { num: 7, epoch: a!.epoch }), false);
      assert.deepEqual(await scene.granted("a", { held: a! }), a);
      assert.deepEqual(await scene.granted("b", { held: b! }), b);
      assert.equal((await scene.granted("c")).num, 2);
    },
  },
  {
    name: "changes nothing when a former owner releases, or an owner does so twice",
    async run(scene) {
      const former = await scene.granted("a");
      assert.equal(await scene.release("a", former), true);
      assert.equal(await scene.release("a", former), false);
      const present = await scene.granted("b");
      assert.equal(await scene.release("a", former), false);
      assert.deepEqual(await scene.granted("b", { held: present }), present);
    },
  },
  {
    name: "changes nothing when a release arrives after a later heartbeat of its owner",
    async run(scene) {
      const held = await scene.granted("a", { seq: 5 });
      await scene.granted("a", { seq: 7, held });
      assert.equal(await scene.release("a", held, { seq: 6 }), false);
      assert.equal(await scene.release("a", held, { seq: 7 }), false);
      assert.equal((await scene.granted("b")).num, 1);
      assert.deepEqual(await scene.granted("a", { seq: 8, held }), held);
      assert.equal(await scene.release("a", held, { seq: 9 }), true);
      assert.equal((await scene.granted("c")).num, held.num);
    },
  },
  {
    name: "tells an instance that released its number that it is lost, and gives it a new grant",
    async run(scene) {
      const held = await scene.granted("a");
      await scene.release("a", held);
      assert.deepEqual(await scene.beat("a", { held }), { kind: "lost" });
      const again = await scene.granted("a");
      assert.equal(again.num, held.num);
      assert.ok(again.epoch > held.epoch, `epoch ${again.epoch} after ${held.epoch}`);
    },
  },
];
