import { cpus, totalmem } from "node:os";
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where and of what the figures of a run are. */
export interface Machine {
  /** `v24.21.0` */
  readonly node: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGb: number;
  /** The day of the run: `2026-11-28`. */
  readonly date: string;
  /** The versions of what is measured beside Taskmon, by package. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What may stand beside Taskmon in a suite. */
const PEERS = [
  ...["@opentelemetry/api", "@opentelemetry/sdk-metrics", "@opentelemetry/exporter-prometheus"],
  ...["@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-undici"],
  ...["prom-client", "@prometheus-io/client", "undici", "httpxy", "http-proxy-3"],
] as const;

/** This machine, and the packages that are installed. */
export function thisMachine(): Machine {
  const versions = PEERS.flatMap((name) => {
    const version = versionOf(name);
    return version === undefined ? [] : [[name, version] as const];
  });
  return {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    date: new Date().toISOString().slice(0, 10),
    versions: Object.fromEntries(versions),
  };
}

function versionOf(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const file = folders
    .map((folder) => join(folder, name, "package.json"))
    .find((path) => existsSync(path));
  if (file === undefined) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
