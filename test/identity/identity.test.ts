import { expect, it } from "vitest";
import { identityAttributes } from "../../src/identity/attributes.ts";
import { resolveIdentity } from "../../src/identity/identity.ts";

it("takes ids from the options, then the environment, then zero", () => {
  const identity = resolveIdentity({ app: "0x2" }, undefined, {
    TASKMON_DOMAIN_ID: "0xa",
    TASKMON_APP_ID: "0xb",
  });
  expect(identity).toMatchObject({ domain: 0xan, app: 2n, release: 0n });
});

it("names the variable that holds no id", () => {
  expect(() => resolveIdentity(undefined, undefined, { TASKMON_RELEASE_ID: "v1" })).toThrow(
    'Option TASKMON_RELEASE_ID must be an unsigned 64-bit id (a bigint, decimal text without a leading zero, or text with 0x), got "v1"',
  );
});

it("has a new instance at every start, never zero", () => {
  const runs = Array.from({ length: 100 }, () => resolveIdentity(undefined, undefined, {}));
  expect(new Set(runs.map((run) => run.instance)).size).toBe(100);
  expect(new Set(runs.map((run) => run.instanceId)).size).toBe(100);
  expect(runs.every((run) => run.instance !== 0n)).toBe(true);
});

it("derives the instance's id from the instance id that was given", () => {
  const [a, b] = ["pod-7", "pod-7"].map((text) => resolveIdentity(undefined, text, {}));
  expect(a?.instance).toBe(b?.instance);
  expect(a?.instanceId).toBe("pod-7");
});

it("refuses an empty instance id", () => {
  expect(() => resolveIdentity(undefined, " ", {})).toThrow("Option instanceId");
});

it("gives resource attributes with ids in hex, and none for what nobody said", () => {
  const identity = resolveIdentity({ domain: 255n, namespace: "shop" }, "run-1", {
    OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3",
  });
  expect(identityAttributes(identity)).toEqual({
    "service.instance.id": "run-1",
    "service.namespace": "shop",
    "service.version": "1.2.3",
    "taskmon.domain.id": "ff",
    "taskmon.instance.id": identity.instance.toString(16),
  });
});
