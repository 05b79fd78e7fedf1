/** A folder of `src`. */
export type Part =
  | "shared"
  | "points"
  | "serve"
  | "identity"
  | "metrics"
  | "task"
  | "reader"
  | "settings"
  | "flush"
  | "shutdown"
  | "dump"
  | "cluster"
  | "http"
  | "scrape"
  | "runtime"
  | "check"
  | "health"
  | "probe"
  | "monitor"
  | "app"
  | "testing"
  | "admin"
  | "cli"
  | "taskmon";

/** The parts that a user meets; none of them sees another, except along its arrows. */
const features: readonly Part[] = [
  ...(["points", "serve", "identity", "metrics", "task", "reader", "http"] as const),
  ...(["settings", "flush", "shutdown", "dump", "cluster"] as const),
  ...(["scrape", "runtime"] as const),
  ...(["check", "health", "probe", "monitor", "app"] as const),
];

/**
 * The layout's arrows: for each folder of `src`, the other folders that its files may import. The
 * linter holds them (oxlint.config.ts). `taskmon/`, which wires the parts, and `index.ts` see everything.
 */
export const arrows: Readonly<Record<Part, readonly Part[]>> = {
  shared: [],
  points: ["shared"],
  serve: ["shared"],
  identity: ["shared"],
  metrics: ["shared", "points", "identity"],
  task: ["shared", "serve", "identity", "metrics"],
  reader: ["shared", "points", "identity", "metrics", "task"],
  settings: ["shared", "metrics"],
  flush: ["shared", "metrics", "task", "reader"],
  shutdown: ["shared", "task", "reader"],
  dump: ["shared", "points", "metrics"],
  cluster: ["shared", "points", "metrics", "task", "reader"],
  http: ["shared", "metrics"],
  scrape: ["shared", "serve"],
  runtime: ["shared", "metrics"],
  check: ["shared", "metrics"],
  health: ["shared", "serve", "identity", "metrics", "check"],
  probe: ["shared", "metrics", "check"],
  monitor: ["shared", "metrics", "check"],
  app: ["shared", "identity", "metrics"],
  testing: ["shared", "task"],
  admin: ["shared", ...features],
  cli: ["shared", ...features, "admin"],
  taskmon: ["shared", ...features],
};
