/** A folder of `src`. */
export type Part =
  | "shared"
  | "points"
  | "sdk"
  | "serve"
  | "identity"
  | "files"
  | "metrics"
  | "task"
  | "reader"
  | "settings"
  | "flush"
  | "shutdown"
  | "dump"
  | "cluster"
  | "spec-files"
  | "http"
  | "prometheus"
  | "prom-client"
  | "scrape"
  | "runtime"
  | "check"
  | "health"
  | "probe"
  | "monitor"
  | "app"
  | "boards"
  | "testing"
  | "admin"
  | "fastify"
  | "nest"
  | "cli"
  | "taskmon"
  | "register";

/** The parts that a user meets; none of them sees another, except along its arrows. */
const features: readonly Part[] = [
  ...([
    "points",
    "sdk",
    "serve",
    "identity",
    "files",
    "metrics",
    "task",
    "reader",
    "http",
  ] as const),
  ...(["settings", "flush", "shutdown", "dump", "cluster", "spec-files"] as const),
  ...(["prometheus", "prom-client", "scrape", "runtime"] as const),
  ...(["check", "health", "probe", "monitor", "app"] as const),
];

/** The features whose metrics dashboards and rules are about. */
const measuring: readonly Part[] = [
  ...(["task", "reader", "flush", "settings", "http", "runtime", "health", "probe"] as const),
  "monitor",
];

/**
 * The layout's arrows: for each folder of `src`, the other folders that its files may import. The
 * linter holds them (oxlint.config.ts). `taskmon/`, which wires the parts, and `index.ts` see everything.
 */
export const arrows: Readonly<Record<Part, readonly Part[]>> = {
  shared: [],
  points: ["shared"],
  sdk: ["shared", "points"],
  serve: ["shared"],
  identity: ["shared"],
  files: ["shared"],
  metrics: ["shared", "points", "sdk", "identity", "files"],
  task: ["shared", "serve", "identity", "metrics"],
  reader: ["shared", "points", "sdk", "identity", "metrics", "task"],
  settings: ["shared", "files", "metrics"],
  flush: ["shared", "metrics", "task", "reader"],
  shutdown: ["shared", "sdk", "task", "reader"],
  dump: ["shared", "points", "metrics"],
  cluster: ["shared", "points", "sdk", "metrics", "task", "reader", "prometheus"],
  "spec-files": ["shared", "files", "metrics", "health", "settings"],
  http: ["shared", "sdk", "metrics"],
  prometheus: ["shared", "points", "serve"],
  "prom-client": ["shared", "points"],
  scrape: ["prometheus"],
  runtime: ["shared", "metrics"],
  check: ["shared", "metrics"],
  health: ["shared", "serve", "identity", "files", "metrics", "check"],
  probe: ["shared", "points", "serve", "files", "identity", "metrics", "check"],
  monitor: ["shared", "serve", "files", "metrics", "check", "probe"],
  app: ["shared", "identity", "files", "metrics", "check"],
  boards: ["shared", "points", "metrics", ...measuring],
  testing: ["shared", "task", "probe", "monitor"],
  admin: ["shared", ...features],
  fastify: ["shared", "serve", "health", "prometheus"],
  nest: ["shared", "metrics", "health", "prometheus"],
  // The guard is a program of its own, and is wired as one.
  cli: ["shared", ...features, "boards", "admin", "taskmon"],
  taskmon: ["shared", ...features],
  register: ["shared", ...features, "taskmon"],
};
