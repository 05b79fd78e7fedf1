import { hostname } from "node:os";
import fc from "fast-check";
import { expect, it } from "vitest";
import { resolveTarget, type Target, targetKey } from "../../src/task/target.ts";

it("takes its parts from the options, then the environment, then the machine", () => {
  const env = {
    OTEL_SERVICE_NAME: "checkout",
    OTEL_RESOURCE_ATTRIBUTES: "cloud.region=eu,taskmon.job.name=web,service.name=other",
  };
  expect(resolveTarget(undefined, env)).toEqual({
    serviceName: "checkout",
    jobName: "web",
    region: "eu",
    hostName: hostname(),
  });
  expect(resolveTarget({ jobName: "batch", hostName: "h" }, env)).toMatchObject({
    jobName: "batch",
    hostName: "h",
  });
});

it("names the job after the service, and has no region, where nobody says", () => {
  expect(resolveTarget({ serviceName: "mail", hostName: "h" }, {})).toEqual({
    serviceName: "mail",
    jobName: "mail",
    hostName: "h",
  });
});

it("asks for a service name", () => {
  expect(() => resolveTarget(undefined, {})).toThrow(
    "Option target.serviceName must be given, or set through OTEL_SERVICE_NAME, got undefined",
  );
});

it.each([
  [{ serviceName: "" }, "target.serviceName"],
  [{ serviceName: "x", jobName: " " }, "target.jobName"],
  [{ serviceName: "x", region: 1 }, "target.region"],
  [{ serviceName: "x", taskNum: 1 }, "target.taskNum"],
])("refuses %j", (options, message) => {
  expect(() => resolveTarget(options as never, {})).toThrow(message);
});

it("has the host in its key only where numbers are not unique beyond the host", () => {
  const target = { serviceName: "a b", jobName: "x|y", hostName: "h" };
  expect(targetKey(target, "host")).toBe("a%20b|x%7Cy||h");
  expect(targetKey(target, "fleet")).toBe("a%20b|x%7Cy|");
});

it("has different keys for different targets", () => {
  const text = fc.constantFrom("a", "|", "a|", "%", "");
  const target = fc.record({ serviceName: text, jobName: text, region: text, hostName: text });
  fc.assert(
    fc.property(target, target, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(targetKey(a as Target, "host") === targetKey(b as Target, "host")).toBe(same);
    }),
  );
});
