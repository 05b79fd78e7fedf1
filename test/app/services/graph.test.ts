import fc from "fast-check";
import { expect, it } from "vitest";
import { createApp, defineService, ServiceGraphError } from "../../../src/app/index.ts";
import { criticalPath, type GraphNode, inOrder } from "../../../src/app/services/graph.ts";

/** Graphs without a circle: each node depends on some that come before it. */
const graphs = fc
  .array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((needs) =>
    needs.map((given, index): GraphNode => ({
      id: BigInt(index + 1),
      name: `s${index + 1}`,
      dependsOn: [...new Set(given.filter((at) => at < index))].map((at) => BigInt(at + 1)),
    })),
  );

it("brings services into an order in which each comes after those it depends on", () => {
  fc.assert(
    fc.property(
      graphs.chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length })),
      (nodes) => {
        const order = inOrder(nodes);
        expect(new Set(order)).toEqual(new Set(nodes));
        const place = new Map(order.map(({ id }, index) => [id, index]));
        for (const { id, dependsOn } of order) {
          for (const needed of dependsOn) expect(place.get(needed)).toBeLessThan(place.get(id)!);
        }
      },
    ),
  );
});

it("finds the chain that took longest", () => {
  const node = (id: bigint, ...dependsOn: bigint[]): GraphNode => ({
    id,
    name: `s${id}`,
    dependsOn,
  });
  const nodes = [node(1n), node(2n), node(3n, 1n, 2n), node(4n, 2n)];
  const took: Record<string, number> = { s1: 10, s2: 30, s3: 5, s4: 1 };

  const { path, totalMs } = criticalPath(nodes, ({ name }) => took[name]!);

  expect(path.map(({ name }) => name)).toEqual(["s2", "s3"]);
  expect(totalMs).toBe(35);
});

it("refuses a circle and a missing service by name, before anything starts", async () => {
  const began: string[] = [];
  const service = (
    id: bigint,
    name: string,
    dependsOn: bigint[],
  ): ReturnType<typeof defineService> =>
    defineService({ id, name, dependsOn, start: () => void began.push(name) });
  const circle = createApp({
    services: [service(1n, "a", [2n]), service(2n, "b", [3n]), service(3n, "c", [1n])],
  });
  const missing = createApp({ services: [service(1n, "a", []), service(2n, "b", [0xabcn])] });

  await expect(circle.start()).rejects.toThrow(
    new ServiceGraphError("Services wait for each other: a → b → c → a"),
  );
  await expect(missing.start()).rejects.toThrow(
    "Service b depends on 0xabc, which is not registered",
  );
  expect(began).toEqual([]);
});
