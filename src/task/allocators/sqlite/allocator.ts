import type {
  AllocatorCallOptions,
  Assignment,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingOptions,
  HousekeepingReport,
  Release,
  TaskListing,
  TaskNumAllocator,
} from "../../allocator.ts";
import { targetKey, type Scope, type Target } from "../../target.ts";
import { DEFAULT_LIMIT, sumOf } from "../listing.ts";
import type { Engine, StoreCall, StoreRequest } from "./messages.ts";
import type { StoreFile } from "./store.ts";

/** Where the files are. */
export interface StoreFiles {
  /** The file of a target. */
  of(target: Target, key: string): StoreFile;
  /** The files that there are. */
  all(): readonly StoreFile[];
}

/** The allocator's methods as calls to an engine. */
export class SqliteAllocator implements TaskNumAllocator {
  readonly name: string = "sqlite";
  readonly scope: Scope = "host";
  readonly #files: StoreFiles;
  readonly #engine: Engine;
  readonly #assign: Assignment;

  constructor(files: StoreFiles, engine: Engine, assign: Assignment = "in-band") {
    this.#files = files;
    this.#engine = engine;
    this.#assign = assign;
  }

  async ready({ signal }: AllocatorCallOptions): Promise<void> {
    await this.#engine.ready(signal);
  }

  async notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    return this.#engine.run(
      this.#request(target, (key) => ({
        method: "notify",
        targetKey: key,
        instanceId,
        heartbeat,
        assign: this.#assign,
      })),
      signal,
    );
  }

  async release(
    target: Target,
    instanceId: string,
    grant: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    return this.#engine.run(
      this.#request(target, (key) => ({ method: "release", targetKey: key, instanceId, grant })),
      signal,
    );
  }

  releaseSync(target: Target, instanceId: string, grant: Release): boolean {
    const request = this.#request(target, (key) => ({
      method: "release",
      targetKey: key,
      instanceId,
      grant,
    }));
    // If the program deleted its folder, we must not create it again.
    if (!process.getBuiltinModule("node:fs").existsSync(request.file.path)) return false;
    return this.#engine.runNow(request);
  }

  async housekeep(
    target: Target | undefined,
    { signal, limit = DEFAULT_LIMIT }: HousekeepingOptions,
  ): Promise<HousekeepingReport> {
    const requests = this.#requests(target, (keyIfAny) => ({
      method: "housekeep",
      ...keyIfAny,
      limit,
    }));
    const reports: HousekeepingReport[] = [];
    for (const request of requests) reports.push(await this.#engine.run(request, signal));
    return sumOf(reports);
  }

  async list(
    target: Target | undefined,
    { signal }: AllocatorCallOptions,
  ): Promise<readonly TaskListing[]> {
    const requests = this.#requests(target, (keyIfAny) => ({ method: "list", ...keyIfAny }));
    const listings: TaskListing[][] = [];
    for (const request of requests) listings.push(await this.#engine.run(request, signal));
    return listings.flat();
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  #request<const C extends StoreCall>(target: Target, call: (key: string) => C): StoreRequest<C> {
    const key = targetKey(target, this.scope);
    return { file: this.#files.of(target, key), call: call(key) };
  }

  /** Requests for the file of the target, or for all files. */
  #requests<const C extends StoreCall>(
    target: Target | undefined,
    call: (keyIfAny: { readonly targetKey?: string }) => C,
  ): StoreRequest<C>[] {
    if (target !== undefined) return [this.#request(target, (key) => call({ targetKey: key }))];
    return this.#files.all().map((file) => ({ file, call: call({}) }));
  }
}
