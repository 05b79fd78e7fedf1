import { describe, expect, it } from "vitest";
import { containerWarning, type Surroundings } from "../../src/task/container.ts";
import type { Scope } from "../../src/task/target.ts";

const bare: Surroundings = { env: {}, hasFile: () => false, readFile: () => "0::/user.slice\n" };
const docker: Surroundings = { ...bare, hasFile: (path) => path === "/.dockerenv" };

function warning(
  hostName: string,
  scope: Scope = "host",
  surroundings = docker,
): string | undefined {
  return containerWarning({ serviceName: "s", jobName: "j", hostName }, scope, surroundings);
}

describe.each([
  ["Docker", docker],
  ["Podman", { ...bare, hasFile: (path: string) => path === "/run/.containerenv" }],
  ["Kubernetes", { ...bare, env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } }],
  ["control groups", { ...bare, readFile: () => "0::/system.slice/docker-3f4e.scope\n" }],
])("in a container, by %s,", (_, surroundings) => {
  it("warns where the host name is made up at each start", () => {
    expect(warning("3f9ac0b1d2e4", "host", surroundings)).toContain("3f9ac0b1d2e4");
  });

  it("warns of nothing where the name stays", () => {
    expect(warning("web-0", "host", surroundings)).toBeUndefined();
  });
});

it.each([
  ["a container's id", "3f9ac0b1d2e4"],
  ["a pod of a Deployment", "checkout-7d4b9c6f5d-x2x9z"],
  ["a pod of a Job", "report-4zk8t"],
])("takes %s for made up", (_, hostName) => {
  expect(warning(hostName)).toBeDefined();
});

it.each(["web-0", "checkout", "mail-batch", "db-first", "ip-10-0-3-17", "deadbeef"])(
  "takes %s for a name that stays",
  (hostName) => expect(warning(hostName)).toBeUndefined(),
);

it("warns of nothing outside a container", () => {
  expect(warning("3f9ac0b1d2e4", "host", bare)).toBeUndefined();
});

it("warns where numbers are unique in one process only, and not where they are in the fleet", () => {
  expect(warning("3f9ac0b1d2e4", "process")).toBeDefined();
  expect(warning("3f9ac0b1d2e4", "fleet")).toBeUndefined();
});

it("names what to use", () => {
  expect(warning("3f9ac0b1d2e4")).toMatch(/redis.*target\.hostName/);
});
