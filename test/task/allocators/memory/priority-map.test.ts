import fc from "fast-check";
import { expect, it } from "vitest";
import { PriorityMap } from "../../../../src/task/allocators/memory/priority-map.ts";

it("always knows the key with the lowest priority, whatever was set and deleted", () => {
  const key = fc.nat(20);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ set: key, priority: fc.nat(30) }) },
    fc.record({ delete: key }),
    fc.constant("take" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new PriorityMap();
      const model = new Map<number, number>();
      for (const what of steps) {
        if (what === "take") {
          const first = map.first();
          if (first !== undefined) map.delete(first.key);
          if (first !== undefined) expect(model.get(first.key)).toBe(Math.min(...model.values()));
          if (first !== undefined) model.delete(first.key);
        } else if ("delete" in what) {
          map.delete(what.delete);
          model.delete(what.delete);
        } else {
          map.set(what.set, what.priority);
          model.set(what.set, what.priority);
        }
        const lowest = model.size === 0 ? undefined : Math.min(...model.values());
        expect(map.first()?.priority).toBe(lowest);
      }
    }),
  );
});
