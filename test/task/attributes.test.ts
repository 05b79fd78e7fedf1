import { expect, it } from "vitest";
import { numberAttributes, NumberAttributes } from "../../src/task/attributes.ts";
import type { Scope, Target } from "../../src/task/target.ts";

const target: Target = { serviceName: "shop", jobName: "web", hostName: "a" };

it("follows the number, the worker, the target and the scope", () => {
  const attributes = new NumberAttributes();
  const asked: readonly (readonly [Target, Scope, number, number?])[] = [
    [target, "fleet", 0],
    [target, "fleet", 1],
    [target, "fleet", 1, 0],
    [target, "fleet", 1, 1],
    [{ ...target, jobName: "api" }, "fleet", 1, 1],
    [target, "host", 1, 1],
    [{ ...target, hostName: "b" }, "host", 1, 1],
  ];
  const ids = asked.map(([of, scope, num, worker]) => {
    const grant = { num, epoch: 1, ...(worker !== undefined && { worker }) };
    const found = attributes.of(of, scope, grant);
    expect(found).toEqual(numberAttributes(of, scope, num, worker));
    expect(attributes.of(of, scope, grant)).toEqual(found);
    return found["service.instance.id"];
  });
  expect(new Set(ids).size).toBe(asked.length);
});

it("gives an object that its caller may change", () => {
  const attributes = new NumberAttributes();
  attributes.of(target, "fleet", { num: 0, epoch: 1 })["service.instance.id"] = "changed";
  expect(attributes.of(target, "fleet", { num: 0, epoch: 1 })).toEqual(
    numberAttributes(target, "fleet", 0),
  );
});
