import { expect, it } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { Form } from "../../src/metrics/form.ts";
import { hexNaming } from "../../src/metrics/naming.ts";
import { defineGauge } from "../../src/metrics/spec.ts";

const spec = defineGauge({
  service: "0xE105D0909FCC5EC5",
  id: "0x0844d7830332bffd",
  name: "health",
  help: "HealthChecks",
});
const identity = resolveIdentity({ domain: "0xa", app: "0xb", release: "0xc" }, "run", {});

it("names metrics as the original does: ids in hex, lower-case, unpadded", () => {
  expect(hexNaming("op")(spec)).toBe("op_e105d0909fcc5ec5_844d7830332bffd");
  expect(hexNaming()(spec)).toMatch(/^op_/);
});

it("refuses a prefix that begins no name", () => {
  expect(() => hexNaming("1")).toThrow("hexNaming.prefix");
  expect(() => hexNaming("a.b")).toThrow("hexNaming.prefix");
});

it("changes nothing where nobody asks", () => {
  const form = new Form({}, identity);
  expect(form.nameOf(spec)).toBe("health");
  expect(form.constantsOf(spec)).toBeUndefined();
  expect(form.changes(spec)).toBe(false);
  expect(form.constantLabels).toEqual([]);
});

it("gives every series the reference's five labels, in hex", () => {
  expect(new Form({ constantLabels: true }, identity).constantsOf(spec)).toEqual({
    domain: "a",
    app: "b",
    release: "c",
    svc: "e105d0909fcc5ec5",
    instance: identity.instance.toString(16),
  });
});

it("leaves the instance to attached readers, or out, where that is asked for", () => {
  const task = new Form({ constantLabels: { instance: "task" } }, identity);
  expect(task.instanceFollowsTask).toBe(true);
  expect(task.constantsOf(spec)).not.toHaveProperty("instance");
  const none = new Form({ constantLabels: { instance: "none" } }, identity);
  expect(none.instanceFollowsTask).toBe(false);
  expect(none.constantsOf(spec)).not.toHaveProperty("instance");
});

it("puts labels of one's own on every series, beside the reference's", () => {
  const own = new Form({ commonLabels: { team: "shop", shard: 7, canary: false } });
  expect(own.constantsOf(spec)).toEqual({ team: "shop", shard: "7", canary: "false" });
  expect(own.constantLabels).toEqual(["team", "shard", "canary"]);
  expect(own.changes(spec)).toBe(true);
  const both = new Form({ constantLabels: true, commonLabels: { team: "shop" } }, identity);
  expect(both.constantsOf(spec)).toMatchObject({ domain: "a", team: "shop" });
  expect(both.constantsOf(spec)).toBe(both.constantsOf(spec));
});

it.each([
  [{ naming: "hex" }, "naming"],
  [{ constantLabels: "yes" }, "constantLabels"],
  [{ constantLabels: { instance: "host" } }, "constantLabels.instance"],
  [{ commonLabels: ["a"] }, "commonLabels"],
  [{ commonLabels: { "1st": "a" } }, "commonLabels"],
  [{ commonLabels: { le: "a" } }, "commonLabels"],
  [{ commonLabels: { "a.b": "x", a_b: "y" } }, "commonLabels"],
  [{ commonLabels: { team: "" } }, "commonLabels.team"],
  [{ commonLabels: { team: null } }, "commonLabels.team"],
  [{ constantLabels: true, commonLabels: { app: "x" } }, "commonLabels"],
])("refuses %j", (options, message) => {
  expect(() => new Form(options as never, identity)).toThrow(`Option ${message} must be`);
});
