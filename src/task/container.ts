import type { Environment } from "../shared/environment.ts";
import { stateFolder } from "./allocators/sqlite/state-folder.ts";
import type { Scope, Target } from "./target.ts";

/** What is looked at to tell a container. */
export interface Surroundings {
  readonly env: Environment;
  /** Whether there is such a file. */
  readonly hasFile: (path: string) => boolean;
  /** The text of a file; empty where there is none. */
  readonly readFile: (path: string) => string;
}

/**
 * Says, where numbers are unique on one host only, what it costs that this host is a container whose name
 * is made up at its start, or is that of every other one; undefined anywhere else.
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
      `This container's host name, ${hostName}, is that of other containers too, and task numbers are ` +
      `unique on one host only: each container gives out number 0, and they export the same streams. ${ADVICE}`
    );
  }
  if (!isMadeUp(hostName, surroundings)) return undefined;
  const folder = stateFolder(surroundings.env).path;
  const kept = whyNotKept(folder, surroundings);
  return (
    `This container's host name, ${hostName}, changes at every start, and task numbers are unique on one ` +
    "host only: each start makes new streams, and each container counts from 0" +
    `${scope === "host" && kept !== undefined ? `; the state folder ${folder} ${kept}` : ""}. ${ADVICE}`
  );
}

const ADVICE =
  "Use an allocator for the fleet (taskmon/task/redis, postgres, etcd or kubernetes), or set " +
  "target.hostName to a name that stays and is this container's alone, and TASKMON_STATE_DIR to a " +
  "folder on a volume";

/** Names that tell no two machines apart. */
const SHARED = /^(localhost|localhost\.localdomain)$/;

/** A container's id, as Docker and Podman name hosts, or a pod of a Deployment or a Job. */
const MADE_UP = [
  /^[0-9a-f]{12}$/,
  // Fly Machines.
  /^[0-9a-f]{14}$/,
  /^[0-9a-f]{64}$/,
  // Heroku dynos.
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  // Kubernetes makes the endings from these letters and digits, with which no words are formed.
  /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  /-(?=[a-z]*[2456789])[bcdfghjklmnpqrstvwxz2456789]{5}$/,
];

function isMadeUp(hostName: string, { env }: Surroundings): boolean {
  // A task of ECS is named for its address, which the next one does not have.
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

/** Why what is in the folder ends with the container; undefined where it does not, or nobody can say. */
function whyNotKept(folder: string, surroundings: Surroundings): string | undefined {
  const mount = mountOf(folder, surroundings);
  if (mount === undefined) return undefined;
  if (mount.root.includes("kubernetes.io~empty-dir"))
    return "is on an emptyDir, which ends with the pod";
  if (mount.type === "tmpfs") return "is in memory";
  return mount.point === "/" ? "is on no volume, and ends with the container" : undefined;
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
    // Of two on one point the later one covers the other.
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
