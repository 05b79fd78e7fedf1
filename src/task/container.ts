import { existsSync, readFileSync } from "node:fs";
import type { Environment } from "../shared/environment.ts";
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
 * Says, where numbers are unique on one host only, what it costs that this host is a container with a
 * name made up at its start; undefined anywhere else.
 */
export function containerWarning(
  target: Target,
  scope: Scope,
  surroundings: Surroundings = machine,
): string | undefined {
  if (scope === "fleet" || !isMadeUp(target.hostName) || !isContainer(surroundings))
    return undefined;
  return (
    `This container's host name, ${target.hostName}, changes at every start, and task numbers are ` +
    "unique on one host only: each start makes new streams and forgets the numbers. Use an allocator " +
    "for the fleet (taskmon/task/redis, postgres, etcd or kubernetes), or set target.hostName to a " +
    "name that stays and keep the allocator's file on a volume"
  );
}

/** A container's id, as Docker and Podman name hosts, or a pod of a Deployment or a Job. */
const MADE_UP = [
  /^[0-9a-f]{12}$/,
  /^[0-9a-f]{64}$/,
  // Kubernetes makes the endings from these letters and digits, with which no words are formed.
  /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  /-(?=[a-z]*[2456789])[bcdfghjklmnpqrstvwxz2456789]{5}$/,
];

function isMadeUp(hostName: string): boolean {
  return MADE_UP.some((pattern) => pattern.test(hostName));
}

function isContainer({ env, hasFile, readFile }: Surroundings): boolean {
  return (
    env.KUBERNETES_SERVICE_HOST !== undefined ||
    hasFile("/.dockerenv") ||
    hasFile("/run/.containerenv") ||
    /docker|kubepods|containerd|libpod|lxc|\/ecs\//.test(readFile("/proc/self/cgroup"))
  );
}

const machine: Surroundings = {
  env: process.env,
  hasFile: existsSync,
  readFile: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  },
};
