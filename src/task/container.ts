import type { Environment } from "../shared/environment.ts";
import { stateFolder } from "./allocators/sqlite/state-folder.ts";
import type { Scope, Target } from "./target.ts";

/** What we look at to detect a container. */
export interface Surroundings {
  readonly env: Environment;
  /** Whether there is such a file. */
  readonly hasFile: (path: string) => boolean;
  /** The text of a file; empty when there is none. */
  readonly readFile: (path: string) => string;
}

/**
 * For numbers that are unique on one host only: a warning if this host is a container whose name is
 * generated at each start or shared with other containers; otherwise undefined.
 */
export function containerWarning(
  target: Target,
  scope: Scope,
  surroundings: Surroundings = machine,
): string | undefined {
  if (scope === "fleet" || !isContainer(surroundings)) return undefined;
  const { hostName } = target;
  const isShared = SHARED.test(hostName) || surroundings.env.K_SERVICE !== undefined;
  if (isShared && surroundings.env.KUBERNETES_SERVICE_HOST === undefined) {
    return (
      `Other containers have the same host name as this one, ${hostName}, and task numbers are ` +
      "unique on one host only: each container assigns number 0, and all export the same streams. " +
      ADVICE
    );
  }
  if (!isMadeUp(hostName, surroundings)) return undefined;
  const folder = stateFolder(surroundings.env).path;
  const kept = whyNotKept(folder, surroundings);
  return (
    `The host name of this container, ${hostName}, changes at every start, and task numbers are ` +
    "unique on one host only: each start makes new streams, and each container counts from 0" +
    `${scope === "host" && kept !== undefined ? `; the state folder ${folder} ${kept}` : ""}. ${ADVICE}`
  );
}

const ADVICE =
  "Use a fleet allocator (taskmon/task/redis, postgres, etcd or kubernetes), or set target.hostName " +
  "to a name that stays and that no other container has, and TASKMON_STATE_DIR to a folder on a volume";

/** Host names that many machines share. */
const SHARED = /^(localhost|localhost\.localdomain)$/;

/** A container id, which Docker and Podman use as the host name, or a pod of a Deployment or a Job. */
const MADE_UP = [
  /^[0-9a-f]{12}$/,
  // Fly Machines.
  /^[0-9a-f]{14}$/,
  /^[0-9a-f]{64}$/,
  // Heroku dynos.
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  // Kubernetes generates suffixes from these letters and digits.
  /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  /-(?=[a-z]*[2456789])[bcdfghjklmnpqrstvwxz2456789]{5}$/,
];

function isMadeUp(hostName: string, { env }: Surroundings): boolean {
  // An ECS task is named after its address, which the next task does not have.
  const isEcs = env.ECS_CONTAINER_METADATA_URI_V4 !== undefined && /^ip-[\d-]+\b/.test(hostName);
  return isEcs || MADE_UP.some((pattern) => pattern.test(hostName));
}

function isContainer(surroundings: Surroundings): boolean {
  const { env, hasFile, readFile } = surroundings;
  const names = ["KUBERNETES_SERVICE_HOST", "ECS_CONTAINER_METADATA_URI_V4", "K_SERVICE"];
  return (
    names.some((name) => env[name] !== undefined) ||
    hasFile("/.dockerenv") ||
    hasFile("/run/.containerenv") ||
    /docker|kubepods|containerd|libpod|lxc|\/ecs\//.test(readFile("/proc/self/cgroup")) ||
    mountOf("/", surroundings)?.type === "overlay"
  );
}

/**
 * Why the folder's contents end with the container; undefined when they do not, or when that is unknown.
 */
function whyNotKept(folder: string, surroundings: Surroundings): string | undefined {
  const mount = mountOf(folder, surroundings);
  if (mount === undefined) return undefined;
  if (mount.root.includes("kubernetes.io~empty-dir"))
    return "is on an emptyDir, which ends with the pod";
  if (mount.type === "tmpfs") return "is in memory";
  return mount.point === "/" ? "is not on a volume, and ends with the container" : undefined;
}

interface Mount {
  readonly point: string;
  /** The folder of its file system that is mounted. */
  readonly root: string;
  readonly type: string;
}

/** The mount that a path lies on, by Linux's table of mounts (proc_pid_mountinfo(5)). */
function mountOf(path: string, { readFile }: Surroundings): Mount | undefined {
  let nearest: Mount | undefined;
  for (const line of readFile("/proc/self/mountinfo").split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const [type = ""] = after.split(" ");
    const folder = point.endsWith("/") ? point : `${point}/`;
    const isOn = point !== "" && `${path}/`.startsWith(folder);
    // If two mounts share a mount point, the later one hides the earlier one.
    if (isOn && point.length >= (nearest?.point.length ?? 0)) nearest = { point, root, type };
  }
  return nearest;
}

const machine: Surroundings = {
  env: process.env,
  hasFile: (path) => process.getBuiltinModule("node:fs").existsSync(path),
  readFile: (path) => {
    try {
      return process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
    } catch {
      return "";
    }
  },
};
