import { randomUUID } from "node:crypto";
import { InvalidOptionError, TaskmonError } from "../../shared/errors.ts";
import { keysOf, optionsObject, textOption } from "../../shared/options.ts";
import { chainOf } from "./chain.ts";
import type { ErrorSpec } from "./error-spec.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** Who an error is of: the app's ids, and where it runs. Errors are collected in one place for many. */
export interface ErrorOrigin {
  readonly domain: bigint;
  readonly app: bigint;
  readonly release: bigint;
  readonly instance: bigint;
  readonly pid: number;
  readonly host: string;
}

/** The details of one error. */
export interface AppErrorOptions {
  /** For people. @default the message of the cause, then the name of the kind */
  readonly message?: string;
  readonly cause?: unknown;
  /** Categories: `ui`, `db`. Sorted, each once. @default none */
  readonly tags?: readonly string[];
  /**
   * Data that helps to find the cause. It is part of the JSON form, so include no secrets. @default nothing
   */
  readonly context?: unknown;
  /** The id of the service that the error belongs to. @default the app itself */
  readonly service?: bigint;
  /** @default unknown; the app fills it in when it reports the error */
  readonly origin?: ErrorOrigin;
}

/** An error of a declared kind. Immutable. */
export class AppError extends TaskmonError {
  readonly code = "ERR_TASKMON_APP";
  readonly spec: ErrorSpec;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  readonly context: unknown;
  /** The service that it is of; zero for the app itself. */
  readonly service: bigint;
  readonly origin: ErrorOrigin | undefined;
  /** Identifies this one error. */
  readonly uid: string;
  readonly time: Date;
  #fingerprint: string | undefined;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(spec: ErrorSpec, options: AppErrorOptions = {}) {
    const given = optionsObject("AppError", options, KEYS);
    super(messageFrom(spec, given), "cause" in given ? { cause: given.cause } : undefined);
    this.spec = spec;
    this.tags = tagsFrom(given.tags);
    this.context = given.context;
    this.service = given.service ?? 0n;
    this.origin = given.origin;
    this.uid = randomUUID();
    this.time = new Date();
  }

  override get name(): string {
    return this.spec.name;
  }

  get errorId(): bigint {
    return this.spec.id;
  }

  /** Groups errors of one cause; see {@link fingerprintOf}. */
  get fingerprint(): string {
    return (this.#fingerprint ??= fingerprintOf(this.spec.id, this));
  }

  /** A copy with one more tag: a new error with its own id and time, and the stack of this one. */
  withTag(tag: string): AppError {
    return this.#copy({ tags: [...this.tags, tag] });
  }

  /** A copy with the ids of the app; this error itself if it already has them. */
  withOrigin(origin: ErrorOrigin): AppError {
    return this.origin === undefined ? this.#copy({ origin }) : this;
  }

  #copy(changes: AppErrorOptions): AppError {
    const { message, tags, context, service, origin, stack } = this;
    const copy = new AppError(this.spec, {
      ...{ message, tags, context, service },
      ...(origin !== undefined && { origin }),
      ...("cause" in this && { cause: this.cause }),
      ...changes,
    });
    if (stack !== undefined) copy.stack = stack;
    return copy;
  }
}

/**
 * Whether an error, one of its causes, or one that an AggregateError holds is of this kind. False for
 * undefined and null.
 */
export function isError(error: unknown, spec: ErrorSpec): boolean {
  for (const link of chainOf(error)) {
    // By id and not by class: there may be several copies of this package.
    if ((link as Partial<AppError>).spec?.id === spec.id) return true;
  }
  return false;
}

const KEYS = keysOf<AppErrorOptions>({
  message: true,
  cause: true,
  tags: true,
  context: true,
  service: true,
  origin: true,
});

function messageFrom(spec: ErrorSpec, { message, cause }: AppErrorOptions): string {
  if (message !== undefined && message !== "") return message;
  if (cause instanceof Error && cause.message !== "") return cause.message;
  return spec.name;
}

function tagsFrom(tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined) return Object.freeze([]);
  if (!Array.isArray(tags)) throw new InvalidOptionError("AppError.tags", "a list of texts", tags);
  return Object.freeze(
    [...new Set(tags.map((tag) => textOption("AppError.tags", tag)))].toSorted(),
  );
}
