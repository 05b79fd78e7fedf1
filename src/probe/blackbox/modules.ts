import { readFileSync } from "node:fs";
import { describe, messageOf } from "../../shared/errors.ts";
import { readSource } from "../../files/source.ts";
import { BlackboxConfigError } from "./config-error.ts";
import { dnsModule } from "./dns.ts";
import { type Complain, Fields } from "./fields.ts";
import { grpcModule } from "./grpc.ts";
import { httpModule } from "./http.ts";
import { icmpModule } from "./icmp.ts";
import type { Prober } from "./prober.ts";
import { tcpModule } from "./tcp.ts";

/** A module, ready to run. */
export interface BlackboxModule {
  readonly name: string;
  readonly prober: string;
  readonly run: Prober;
  /** The time limit in milliseconds; undefined if only the scrape limits it. */
  readonly timeoutMs: number | undefined;
}

/** The modules by name. */
export type BlackboxModules = ReadonlyMap<string, BlackboxModule>;

const PROBERS: Readonly<Record<string, (fields: Fields) => Prober>> = {
  ...{ http: httpModule, tcp: tcpModule, dns: dnsModule, icmp: icmpModule, grpc: grpcModule },
};

/**
 * Reads modules in the shape of blackbox_exporter's file.
 * @param given the path of a YAML or JSON file, or its contents
 * @throws BlackboxConfigError `ERR_TASKMON_BLACKBOX_CONFIG` lists all problems with their places
 */
export function readModules(given: string | object): BlackboxModules {
  const problems: string[] = [];
  const { value, place } =
    typeof given === "string" ? readFile(given) : { value: given, place: pathOf };
  const complain: Complain = (pointer, message) => problems.push(`${place(pointer)}: ${message}`);
  const root = new Fields("", value, complain);
  const modules = new Map<string, BlackboxModule>();
  const all = root.section("modules");
  root.end();
  const names = Object.keys((value as { readonly modules?: object } | undefined)?.modules ?? {});
  if (names.length === 0) complain("/modules", "must have at least one module");
  for (const name of names) {
    const module = readModule(name, all.section(name));
    if (module !== undefined) modules.set(name, module);
  }
  if (problems.length > 0) throw new BlackboxConfigError(problems);
  return modules;
}

function readModule(name: string, fields: Fields): BlackboxModule | undefined {
  const kinds = Object.keys(PROBERS);
  const kind = fields.text("prober");
  const timeoutMs = fields.duration("timeout");
  if (kind === undefined || !kinds.includes(kind)) {
    fields.complain("prober", `must be one of ${kinds.join(", ")}, got ${describe(kind)}`);
    return undefined;
  }
  const run = PROBERS[kind]!(fields.section(kind));
  // The exporter silently ignores sections of other probers; we report them.
  for (const other of kinds)
    if (other !== kind) fields.unsupported(other, `this is a module of ${kind}`);
  fields.end();
  return { name, prober: kind, run, timeoutMs };
}

interface Read {
  readonly value: unknown;
  readonly place: (pointer: string) => string;
}

function readFile(path: string): Read {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new BlackboxConfigError([`${path}: cannot be read: ${messageOf(error)}`], {
      cause: error,
    });
  }
  const source = readSource(path, text, path.endsWith(".json") ? "json" : "yaml");
  if (source.problems.length > 0) {
    const lines = source.problems.map(
      ({ line, column, message }) => `${path}:${line}:${column}: ${message}`,
    );
    throw new BlackboxConfigError(lines);
  }
  return {
    value: source.value,
    place: (pointer) => {
      const { line, column } = source.keyPlace(pointer);
      return `${path}:${line}:${column}: ${pathOf(pointer)}`;
    },
  };
}

/** `modules.http_2xx.timeout` */
function pathOf(pointer: string): string {
  return pointer.slice(1).replaceAll("/", ".") || "the configuration";
}
