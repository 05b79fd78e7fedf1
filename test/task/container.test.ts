import { describe, expect, it } from "vitest";
import { containerWarning, type Surroundings } from "../../src/task/container.ts";
import type { Scope } from "../../src/task/target.ts";

const bare: Surroundings = {
  env: { TASKMON_STATE_DIR: "/var/lib/taskmon" },
  hasFile: () => false,
  readFile: () => "0::/user.slice\n",
};
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
  ["a dyno", "0a5d9e5c-9d3c-4b1e-8a42-3a1f0c7d9b11"],
  ["a machine of Fly", "4d891d9a6e9568"],
])("takes %s for made up", (_, hostName) => {
  expect(warning(hostName)).toBeDefined();
});

it.each(["web-0", "checkout", "mail-batch", "db-first", "ip-10-0-3-17", "deadbeef"])(
  "takes %s for a name that stays",
  (hostName) => expect(warning(hostName)).toBeUndefined(),
);

describe("the state folder of a container whose host name changes", () => {
  const OVERLAY = "600 500 0:100 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/x";
  const mounts = (...lines: string[]): Surroundings => ({
    ...docker,
    readFile: (path) => (path === "/proc/self/mountinfo" ? [OVERLAY, ...lines, ""].join("\n") : ""),
  });
  const POD = "/var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/state";

  it.each([
    [mounts(), "is not on a volume"],
    [mounts("601 600 0:99 / /var/lib rw - tmpfs tmpfs rw"), "is in memory"],
    [mounts(`601 600 8:1 ${POD} /var/lib/taskmon rw - ext4 /dev/a rw`), "is on an emptyDir"],
    [
      mounts(
        "601 600 8:1 /data /var/lib rw - ext4 /dev/a rw",
        "602 601 0:9 / /var/lib rw - tmpfs t rw",
      ),
      "is in memory",
    ],
  ])("is told of where what is in it ends with the container: %#", (surroundings, why) => {
    expect(warning("3f9ac0b1d2e4", "host", surroundings)).toContain(
      `the state folder /var/lib/taskmon ${why}`,
    );
  });

  it.each([
    [mounts("601 600 8:1 /data /var/lib/taskmon rw - ext4 /dev/a rw")],
    [mounts("601 600 0:7 / /var/lib rw - nfs4 server:/x rw")],
    [docker],
  ])("is not told of where it is on a volume, or nobody can say: %#", (surroundings) => {
    expect(warning("3f9ac0b1d2e4", "host", surroundings)).toMatch(/counts from 0\. Use/);
  });

  it("shows a container by its root file system alone", () => {
    expect(warning("3f9ac0b1d2e4", "host", { ...mounts(), hasFile: () => false })).toBeDefined();
  });
});

it.each([
  ["localhost", docker],
  ["anything", { ...bare, env: { ...bare.env, K_SERVICE: "checkout" } }],
])("warns that other containers have the host name %s too", (hostName, surroundings) => {
  expect(warning(hostName, "host", surroundings)).toContain("export the same streams");
});

it("takes an address for made up in ECS only", () => {
  const ecs = { ...bare, env: { ...bare.env, ECS_CONTAINER_METADATA_URI_V4: "http://x" } };
  expect(warning("ip-10-0-3-17.ec2.internal", "host", ecs)).toBeDefined();
  expect(warning("web-0", "host", ecs)).toBeUndefined();
});

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
