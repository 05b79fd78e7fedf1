import type { Health } from "../health/index.ts";
import type { Identity } from "../identity/identity.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { Monitor } from "../monitor/index.ts";
import type { Probes } from "../probe/index.ts";
import type { ReaderView } from "../reader/reader-view.ts";
import type { LiveSettings } from "../settings/live.ts";
import type { Task } from "../task/task.ts";

/** A Taskmon object, as far as the page uses it. */
export interface AdminTaskmon {
  readonly identity: Identity;
  readonly task: Task;
  readonly metrics: MetricRegistry;
  readonly health: Health;
  readonly probes: Probes;
  readonly monitors: Monitor;
  readonly settings: LiveSettings;
  readonly readers: { readonly list: ReaderView[] };
  on(
    event: "silent" | "recovered",
    listener: (detail: { readonly reader: string; readonly reason?: string }) => void,
  ): () => void;
  on(event: "shutdown", listener: () => void): () => void;
  status(): Readonly<Record<string, unknown>>;
}

/** An app of `taskmon/app`, as far as the page uses it. */
export interface AdminApp {
  view(): AdminAppView;
  readonly ids: readonly bigint[];
  logLevel: string;
  serviceLogLevel(service: bigint): string;
  setServiceLogLevel(service: bigint, level: never): void;
  kill(reason?: unknown): void;
  readonly config: { view(): Promise<AdminConfigView> };
}

/** How an app stands. Ids are `0x` and hex, times RFC 3339. */
export interface AdminAppView {
  readonly id: string;
  readonly domain: string;
  readonly release: string;
  readonly instance: string;
  readonly state: string;
  readonly startedAt: string;
  readonly pid: number;
  readonly host: string;
  readonly logLevel: string;
  readonly services: readonly AdminServiceView[];
}

/** How a service of an app stands. */
export interface AdminServiceView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly since: string;
  readonly dependsOn: readonly string[];
  readonly logLevel: string;
  readonly restarts: number;
  readonly reason?: string;
}

/** Where an app's configurations are, without what they say. */
export interface AdminConfigView {
  readonly dir: string;
  readonly exists: boolean;
  readonly services: readonly string[];
}
