import assert from "node:assert/strict";
import type { TaskListing } from "../../task/allocator.ts";
import { type Law, type Scene, TARGET } from "./law.ts";

const PAGE = "https://shop-1.example:9090/admin/";

/** What operators, and the pages of a fleet, read of the numbers. */
export const listLaws: readonly Law[] = [
  {
    name: "lists the numbers that are held, with their owners and epochs, and those that rest",
    async run(scene) {
      const [a, b] = await scene.grantedEach(["a", "b"]);
      await scene.release("a", a!, { quarantineMs: scene.shortHoldMs });
      const [rests, held, ...others] = await listed(scene);
      assert.deepEqual(others, []);
      assert.deepEqual([rests?.num, rests?.instance], [a!.num, undefined]);
      assert.deepEqual([held?.num, held?.instance, held?.epoch], [b!.num, "b", b!.epoch]);
      assert.ok(
        held!.until > rests!.until,
        `held until ${held!.until}, rests until ${rests!.until}`,
      );
    },
  },
  {
    name: "lists where the owner of a number has its status page, as its latest heartbeat says",
    async run(scene) {
      const held = await scene.granted("a", { adminUrl: PAGE });
      await scene.granted("b");
      assert.deepEqual(await pagesOf(scene), [PAGE, undefined]);
      const other = "http://10.0.0.7:9090/";
      await scene.granted("a", { held, adminUrl: other });
      await scene.granted("b", { adminUrl: PAGE });
      assert.deepEqual(await pagesOf(scene), [other, PAGE]);
      await scene.granted("a", { held });
      assert.deepEqual(await pagesOf(scene), [undefined, PAGE]);
    },
  },
  {
    name: "lists no status page of a former owner",
    async run(scene) {
      const released = await scene.granted("a", { adminUrl: PAGE });
      await scene.granted("b", { adminUrl: PAGE, holdMs: scene.shortHoldMs });
      await scene.release("a", released, { quarantineMs: scene.shortHoldMs });
      assert.equal((await pagesOf(scene))[0], undefined);
      await scene.pass(1);
      await scene.grantedEach(["c", "d"]);
      assert.deepEqual(
        (await listed(scene)).map(({ instance, adminUrl }) => [instance, adminUrl]),
        [
          ["c", undefined],
          ["d", undefined],
        ],
      );
    },
  },
];

/** The numbers as another process sees them, in their order. */
async function listed({ another }: Scene): Promise<TaskListing[]> {
  const all = await another.list?.(TARGET, { signal: new AbortController().signal });
  assert.ok(all, "the allocator has no list(): give one, or skip this law and say why");
  return all.toSorted((a, b) => a.num - b.num);
}

async function pagesOf(scene: Scene): Promise<(string | undefined)[]> {
  return (await listed(scene)).map(({ adminUrl }) => adminUrl);
}
