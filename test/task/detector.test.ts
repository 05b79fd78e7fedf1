import { expect, it } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { numberAttributes, volatileAttributes } from "../../src/task/attributes.ts";
import { resourceDetector } from "../../src/task/detector.ts";

const target = { serviceName: "checkout", jobName: "web", region: "eu", hostName: "h1" };

it("gives the target and the identity, all known at once", () => {
  const identity = resolveIdentity(
    { domain: 1n, app: 2n, release: 3n, namespace: "shop" },
    "run-1",
    {},
  );
  const { attributes } = resourceDetector(target, identity).detect();
  expect(attributes).toEqual({
    "service.name": "checkout",
    "service.namespace": "shop",
    "service.instance.id": "run-1",
    "taskmon.job.name": "web",
    "cloud.region": "eu",
    "host.name": "h1",
    "taskmon.domain.id": "1",
    "taskmon.app.id": "2",
    "taskmon.release.id": "3",
    "taskmon.instance.id": identity.instance.toString(16),
  });
  expect(Object.values(attributes).every((value) => typeof value === "string")).toBe(true);
});

it("gives a number an instance id that is the same after every restart, and another for another", () => {
  const id = (num: number, hostName = "h1", scope: "host" | "fleet" = "host"): unknown =>
    numberAttributes({ ...target, hostName }, scope, num)["service.instance.id"];
  expect(id(0)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(id(0)).toBe(id(0));
  expect(id(0)).not.toBe(id(1));
  expect(id(0)).not.toBe(id(0, "h2"));
  expect(id(0, "h1", "fleet")).toBe(id(0, "h2", "fleet"));
});

it("counts the host among what a restart changes only where numbers are the fleet's", () => {
  expect(volatileAttributes("fleet")).toContain("host.name");
  expect(volatileAttributes("host")).not.toContain("host.name");
});

it("counts what detectors say of one run of a process, container or pod among what a restart changes", () => {
  for (const scope of ["host", "fleet"] as const) {
    expect(volatileAttributes(scope)).toEqual(
      expect.arrayContaining([
        "process.pid",
        "container.id",
        "k8s.pod.name",
        "service.instance.id",
      ]),
    );
    expect(volatileAttributes(scope)).not.toContain("service.version");
  }
  expect(volatileAttributes("fleet")).toEqual(
    expect.arrayContaining(["host.id", "k8s.node.name", "cloud.availability_zone"]),
  );
});
