import type { Worker } from "node:worker_threads";
import { untilAborted } from "../../../shared/timeout.ts";
import { AllocatorClosedError, StoreUnavailableError } from "../errors.ts";
import type {
  Engine,
  FromThread,
  StoreAnswers,
  StoreCall,
  StoreRequest,
  ThreadAnswer,
  ToThread,
} from "./messages.ts";
import { errorFromData } from "./messages.ts";
import { storeName } from "./schema.ts";
import { systemStoreClock } from "./store-clock.ts";
import { Stores } from "./stores.ts";
import { workerSource } from "./worker-source.ts";

/** How long `close` waits for the current call before it gives up on the thread. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The busy timeout of a call that the program waits for. */
const NOW_BUSY_TIMEOUT_MS = 250;

interface Pending {
  readonly request: StoreRequest;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes calls in its own thread, one after another, so that a locked file or a slow disk blocks nothing
 * else. The thread starts at the first call, and again after it died. It keeps the process alive only while
 * a call waits for an answer.
 */
export class OwnThread implements Engine {
  readonly #busyTimeoutMs: number;
  /** The waiting calls, in order; a call whose signal aborts is removed and never made. */
  readonly #waiting: Pending[] = [];
  #worker: Worker | undefined;
  /** Settles when the thread is ready for calls, or has ended. */
  #ready: Promise<void> = Promise.resolve();
  /** How many wait for the thread to start. */
  #waitingForStart = 0;
  /** The current call of the thread; `pending` is undefined when nobody waits for it any more. */
  #underWay: { readonly id: number; pending: Pending | undefined } | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(busyTimeoutMs: number) {
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    try {
      this.#worker ??= this.#start();
    } catch {
      // The next call reports why.
      return;
    }
    this.#waitingForStart += 1;
    this.#keepAlive();
    await untilAborted(this.#ready, signal);
    this.#waitingForStart -= 1;
    this.#keepAlive();
  }

  async run<C extends StoreCall>(
    request: StoreRequest<C>,
    signal: AbortSignal,
  ): Promise<StoreAnswers[C["method"]]> {
    if (this.#isClosed) throw new AllocatorClosedError("sqlite");
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const pending = { request, resolve, reject };
    const onAbort = (): void => this.#forget(pending, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#waiting.push(pending);
      this.#next();
      return (await promise) as StoreAnswers[C["method"]];
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Uses its own connections: the thread does not answer while the program waits. */
  runNow<C extends StoreCall>(request: StoreRequest<C>): StoreAnswers[C["method"]] {
    if (this.#isClosed) throw new AllocatorClosedError("sqlite");
    const busyTimeoutMs = Math.min(this.#busyTimeoutMs, NOW_BUSY_TIMEOUT_MS);
    const stores = new Stores(busyTimeoutMs, systemStoreClock());
    try {
      return stores.run(request) as StoreAnswers[C["method"]];
    } finally {
      stores.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#failAll(() => new AllocatorClosedError("sqlite"));
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    send(worker, { kind: "close" });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([exited, timeout]);
    clearTimeout(timer);
    // Not awaited: a thread inside a system call ends only when the call returns.
    worker.unref();
    void worker.terminate();
  }

  /** Gives the thread the next call, unless it has one. */
  #next(): void {
    if (this.#underWay === undefined && this.#waiting.length > 0) {
      const pending = this.#waiting.shift()!;
      try {
        this.#worker ??= this.#start();
        this.#underWay = { id: ++this.#lastId, pending };
        send(this.#worker, { kind: "run", id: this.#lastId, request: pending.request });
      } catch (error) {
        this.#underWay = undefined;
        pending.reject(unavailable(pending, error));
        return this.#next();
      }
    }
    this.#keepAlive();
  }

  /** Lets the thread keep the process alive while somebody waits for it. */
  #keepAlive(): void {
    const isAwaited = this.#waiting.length > 0 || this.#underWay?.pending !== undefined;
    if (isAwaited || this.#waitingForStart > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }

  #start(): Worker {
    const worker = startWorker(this.#busyTimeoutMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ready = promise;
    let cause: unknown = new Error("its thread ended");
    worker.on("message", (message: FromThread) => {
      if ("kind" in message) resolve();
      else this.#receive(message);
    });
    worker.on("error", (error) => (cause = error));
    worker.on("exit", () => {
      resolve();
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll((pending) => unavailable(pending, cause));
    });
    return worker;
  }

  #receive(message: ThreadAnswer): void {
    // Anything else is a late answer of a thread that we gave up on.
    if (message.id !== this.#underWay?.id) return;
    const { pending } = this.#underWay;
    this.#underWay = undefined;
    if (message.ok) pending?.resolve(message.answer);
    else pending?.reject(errorFromData(message.error));
    this.#next();
  }

  #forget(pending: Pending, reason: unknown): void {
    const index = this.#waiting.indexOf(pending);
    if (index !== -1) this.#waiting.splice(index, 1);
    if (this.#underWay?.pending === pending) this.#underWay.pending = undefined;
    pending.reject(reason);
    this.#next();
  }

  #failAll(error: (pending: Pending) => Error): void {
    const failed = this.#waiting.splice(0);
    if (this.#underWay?.pending !== undefined) failed.unshift(this.#underWay.pending);
    this.#underWay = undefined;
    for (const pending of failed) pending.reject(error(pending));
  }
}

/**
 * Starts a thread without the program's preloaded modules (an OpenTelemetry SDK would start a second time)
 * and without its environment, whose NODE_OPTIONS may name such modules.
 */
function startWorker(busyTimeoutMs: number): Worker {
  const isFile = "file" in workerSource;
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  return new Worker("file" in workerSource ? workerSource.file : workerSource.text, {
    name: "taskmon-sqlite",
    workerData: { busyTimeoutMs },
    execArgv: threadFlags(isFile),
    env: {},
    eval: !isFile,
  });
}

/** Node.js's flags for the thread alone. */
export function threadFlags(
  isSource: boolean,
  versions: NodeJS.ProcessVersions = process.versions,
): string[] {
  // Deno rejects unknown flags, and needs none.
  if (versions["deno"] !== undefined) return [];
  // On Node.js 22 `node:sqlite` is experimental and prints a warning.
  const flags = ["--disable-warning=ExperimentalWarning"];
  // Node.js before 22.18 runs a source file only with this.
  if (isSource) flags.push("--experimental-strip-types");
  return flags;
}

function send(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}

function unavailable({ request }: Pending, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(storeName(request.file.path), cause);
}
