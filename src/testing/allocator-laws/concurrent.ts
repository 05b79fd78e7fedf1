import assert from "node:assert/strict";
import type { Law } from "./law.ts";

const INSTANCES = 50;

/** What happens when many ask at once. */
export const concurrentLaws: readonly Law[] = [
  {
    name: "numbers 50 instances that ask at once, through two allocators, 0 to 49, each once",
    async run(scene) {
      const grants = await Promise.all(
        Array.from({ length: INSTANCES }, (_, index) =>
          scene.granted(`task-${index}`, {
            allocator: index % 2 === 0 ? scene.allocator : scene.another,
          }),
        ),
      );
      const nums = grants.map(({ num }) => num).toSorted((a, b) => a - b);
      assert.deepEqual(nums, [...Array(INSTANCES).keys()]);
    },
  },
  {
    name: "gives one instance one number, however many of its heartbeats arrive at once",
    async run(scene) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          scene.beat("a", { allocator: index % 2 === 0 ? scene.allocator : scene.another }),
        ),
      );
      // Those that were overtaken by a later one are refused.
      const grants = answers.filter((answer) => answer.kind === "granted");
      const refused = answers.filter((answer) => answer.kind === "collision");
      assert.equal(grants.length + refused.length, answers.length);
      assert.ok(grants.length > 0);
      assert.equal(new Set(grants.map(({ num, epoch }) => `${num}/${epoch}`)).size, 1);
      assert.equal((await scene.granted("b")).num, 1);
    },
  },
  {
    name: "gives a number that is free to one of those that ask for it at once",
    async run(scene) {
      const [first] = await scene.grantedEach(["a", "b"]);
      await scene.release("a", first!);
      const grants = await Promise.all([
        scene.granted("c"),
        scene.granted("d", { allocator: scene.another }),
      ]);
      const nums = grants.map(({ num }) => num).toSorted((a, b) => a - b);
      assert.deepEqual(nums, [0, 2]);
    },
  },
];
