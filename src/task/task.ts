import { formatId, idOfText } from "../identity/id.ts";
import type { Clock } from "../shared/clock.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import { untilAborted, withTimeout } from "../shared/timeout.ts";
import { AnnouncedPages } from "./admin-url.ts";
import type { AllocatorCallOptions, Grant, TaskListing, TaskNumAllocator } from "./allocator.ts";
import { NumberAttributes, ownAttributes, streamsName, volatileAttributes } from "./attributes.ts";
import { isSure, remainingMs } from "./lease.ts";
import { type Loan, Loans } from "./loans.ts";
import type { LeasePolicy } from "./policy.ts";
import { Reliance } from "./reliance.ts";
import { Renewer } from "./renewer.ts";
import type { TaskEvents } from "./task-events.ts";
import type { Scope, Target } from "./target.ts";

/**
 * Where a task stands: `unassigned` holds no number; `held` may rely on its number; `expired` had a number
 * whose deadline passed, and does not know whether it still has it; `released` has handed it back.
 */
export type TaskState = "unassigned" | "held" | "expired" | "released";

/** What a task needs. */
export interface TaskOptions {
  readonly allocator: TaskNumAllocator;
  /** A function is called at each start, and when the target is read before that. */
  readonly target: Target | (() => Target);
  /** A function is called once, when the id is first needed. */
  readonly instanceId: string | (() => string);
  readonly policy: LeasePolicy;
  readonly clock: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/** Options of {@link Task.refresh}. */
export interface RefreshOptions {
  /** How long the number must be held, in milliseconds. */
  readonly marginMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Heartbeats that one refresh may take. */
const MAX_REFRESHES = 4;

/** This process as one of the tasks of its target: its number, and how long it may rely on it. */
export class Task {
  /** How the number is leased. */
  readonly policy: LeasePolicy;
  readonly #allocator: TaskNumAllocator;
  readonly #clock: Clock;
  readonly #renewer: Renewer;
  readonly #followers = new Listeners<TaskEvents>("task", createReporter("task"));
  readonly #loans = new Loans();
  readonly #pages = new AnnouncedPages();
  readonly #reliance: Reliance;
  readonly #numberAttributes = new NumberAttributes();

  constructor(options: TaskOptions) {
    const { target, instanceId } = options;
    this.#allocator = options.allocator;
    this.policy = options.policy;
    this.#clock = options.clock;
    this.#renewer = new Renewer({
      ...options,
      target: typeof target === "function" ? target : () => target,
      instanceId: typeof instanceId === "function" ? instanceId : () => instanceId,
      loans: this.#loans,
      adminUrl: () => this.#pages.latest,
      onRelease: () => this.#reliance.end(),
      onHeartbeat: (outcome, durationMs) => {
        this.#reliance.follow(outcome);
        this.#followers.emit("heartbeat", { outcome, durationMs });
      },
    });
    this.#reliance = new Reliance({
      clock: options.clock,
      isSure: () => this.isSure(0),
      remainingMs: () => this.remainingMs,
      onEvent: (event) => this.#followers.emit(event, undefined),
    });
  }

  /** The target of which this process is a task. */
  get target(): Target {
    return this.#renewer.target;
  }

  /** The process's own unique id, under which it asks for its number. */
  get instanceId(): string {
    return this.#renewer.instanceId;
  }

  get state(): TaskState {
    const { grant, released } = this.#renewer.state;
    if (released) return "released";
    if (grant === undefined) return "unassigned";
    return this.isSure(0) ? "held" : "expired";
  }

  /** The task number; undefined when the process may not rely on one now. */
  get number(): number | undefined {
    return this.#grant?.num;
  }

  /**
   * The index of this process among those that share the number; undefined when the number is not shared or
   * `number` is undefined.
   */
  get worker(): number | undefined {
    return this.#grant?.worker;
  }

  /** The epoch of the number's grant; undefined while `number` is. */
  get epoch(): number | undefined {
    return this.#grant?.epoch;
  }

  /** The milliseconds until the deadline, unless a heartbeat extends it. */
  get remainingMs(): number {
    return remainingMs(this.#renewer.state, this.#clock.now());
  }

  /** When the number was granted, in milliseconds since the Unix epoch; undefined while `number` is. */
  get grantedAtMs(): number | undefined {
    return this.isSure(0) ? this.#reliance.grantedAtMs : undefined;
  }

  /**
   * Since when there has been no number to rely on, by the clock: the moment when the process noticed, so
   * that a process that was stopped for long has time to ask first. Undefined while there is a number.
   */
  get unsureSinceMs(): number | undefined {
    return this.#reliance.unsureSinceMs;
  }

  /** Where the number is unique. */
  get scope(): Scope {
    return this.#allocator.scope;
  }

  /**
   * Aborts when the process may no longer rely on its number: the deadline passed, or the number was lost
   * or released. Already aborted while there is no number. A later grant brings a new signal.
   */
  get signal(): AbortSignal {
    return this.#reliance.signal;
  }

  /** Whether the process certainly holds its number for another `marginMs`. */
  isSure(marginMs: number): boolean {
    return isSure(this.#renewer.state, this.#clock.now(), marginMs);
  }

  /** The resource attributes of the number; undefined while there is none. */
  streamAttributes(): Record<string, string | number> | undefined {
    const grant = this.#grant;
    return grant && this.#numberAttributes.of(this.target, this.scope, grant);
  }

  /**
   * The value of the constant label `instance` if it is to survive restarts: the id of target and number,
   * in hex; undefined while there is no number.
   */
  get instanceLabel(): string | undefined {
    const grant = this.#grant;
    if (grant === undefined) return undefined;
    return formatId(idOfText(streamsName(this.target, this.scope, grant.num, grant.worker)));
  }

  /** The grant; undefined when the process may not rely on it now. */
  get #grant(): Grant | undefined {
    return this.isSure(0) ? this.#renewer.state.grant : undefined;
  }

  /** The resource attributes of the process itself. */
  ownAttributes(): Record<string, string> {
    return ownAttributes(this.instanceId);
  }

  /** The resource attributes that must not appear beside those of the number. */
  volatileAttributes(): readonly string[] {
    return volatileAttributes(this.scope);
  }

  /**
   * Calls `listener` at this event, after `number`, `epoch` and `signal` have changed. If it throws, the
   * error is reported and goes no further.
   * @returns a function that ends it
   */
  on<E extends keyof TaskEvents>(event: E, listener: (detail: TaskEvents[E]) => void): () => void {
    return this.#followers.on(event, listener);
  }

  /**
   * Lets other processes export under the number too. Before the number is handed back, `loan` is recalled;
   * the number then rests for as long as a borrower may still rely on it.
   * @returns a function that ends it
   */
  lend(loan: Loan): () => void {
    return this.#loans.add(loan);
  }

  /** How much longer, in milliseconds, a borrower may rely on the number. */
  get lentMs(): number {
    return this.#loans.remainingMs;
  }

  /**
   * Announces the address of this process's status page to the other tasks: one of the next heartbeats
   * carries it, and `peers` lists it if the allocator's store keeps it.
   * @param adminUrl an http or https address of at most 1000 characters without a password
   * @returns a function that withdraws it
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  announcePage(adminUrl: string): () => void {
    const takeBack = this.#pages.add(adminUrl);
    // The heartbeat in flight does not carry it.
    const tell = (): void => void this.#renewer.idle().then(() => this.#renewer.hurry());
    tell();
    return () => {
      if (takeBack()) tell();
    };
  }

  /**
   * Lists who holds which number of this target; undefined if the allocator cannot list. Rejects as the
   * allocator does.
   */
  async peers(options: AllocatorCallOptions): Promise<readonly TaskListing[] | undefined> {
    return this.#allocator.list?.(this.target, options);
  }

  /** Begins to ask for a number and to keep it; also after a release. Idempotent. */
  start(): void {
    this.#reliance.begin(this.state === "released");
    this.#renewer.start();
  }

  /** Settles when the heartbeat in flight has its outcome, or after its time limit. */
  async settled(): Promise<void> {
    await withTimeout(this.#clock, "A heartbeat", this.policy.requestTimeoutMs, () =>
      this.#renewer.idle(),
    ).catch(() => undefined);
  }

  /**
   * Makes sure that the number is held for the next `marginMs`, with a heartbeat at once if needed: for a
   * process that runs only now and then. Settles when `signal` aborts at the latest.
   * @returns `no_number` if the allocator has none for us, `failed` if it did not answer
   */
  async refresh({ marginMs, signal }: RefreshOptions): Promise<"held" | "no_number" | "failed"> {
    // One may be in flight from before the process was stopped, and a lost number needs a second heartbeat.
    for (let attempt = 0; attempt < MAX_REFRESHES && !this.isSure(marginMs); attempt++) {
      if (signal?.aborted === true || this.state === "released") break;
      this.#renewer.hurry();
      await untilAborted(this.#renewer.idle(), signal);
      const { lastOutcome } = this.#renewer;
      if (lastOutcome === "no_number" || lastOutcome === "full") return "no_number";
      if (lastOutcome === "error") break;
    }
    return this.isSure(marginMs) ? "held" : "failed";
  }

  /**
   * Stops the heartbeats; settles when the one in flight has its outcome. The process may rely on the
   * number until the deadline. {@link start} begins again.
   */
  async stopHeartbeats(): Promise<void> {
    await this.#renewer.stop();
  }

  /**
   * Hands the number back, and asks for none until a new {@link start}. Waits for the store until `signal`
   * aborts at the latest. Never rejects; idempotent.
   */
  async release({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#renewer.release(signal);
  }
}
