import { messageOf } from "../shared/errors.ts";
import { createReporter, type Reporter } from "../shared/report.ts";
import { SettingsError, type SettingsProblem } from "./errors.ts";
import type { Emit } from "./events.ts";

/** The reason why the newest settings of a source are not in effect. */
export interface SettingsFailure {
  /** The source's name; `environment` for the variables. */
  readonly source: string;
  readonly message: string;
  /** The problems of the settings; empty if they could not be read. */
  readonly problems: readonly SettingsProblem[];
  /** When it began, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

/** The most causes that are told apart. */
const MAX_CAUSES = 100;

/** Remembers why a source's settings are not in effect, and reports each cause once until they are. */
export class FailureState {
  readonly #source: string;
  readonly #emit: Emit;
  #report: Reporter = createReporter("settings");
  readonly #causes = new Set<string>();
  #lastCause = "";
  #failure: SettingsFailure | undefined;

  constructor(source: string, emit: Emit) {
    this.#source = source;
    this.#emit = emit;
  }

  get current(): SettingsFailure | undefined {
    return this.#failure;
  }

  /** @returns whether this cause is new */
  failed(error: unknown, wallTime: number): boolean {
    const source = this.#source;
    const problems = error instanceof SettingsError ? error.problems : [];
    const sinceMs = this.#failure?.sinceMs ?? wallTime;
    this.#failure = Object.freeze({ source, message: messageOf(error), problems, sinceMs });
    const cause = (this.#lastCause = causeOf(error));
    const text = `The settings of ${source} are not in effect, the old ones stay: ${messageOf(error)}`;
    this.#report.warnOnce(cause, text);
    if (this.#causes.has(cause) || this.#causes.size >= MAX_CAUSES) return false;
    this.#causes.add(cause);
    this.#emit("failed", "warn", text, {
      "taskmon.settings.source": source,
      "error.type": codeOf(error) ?? nameOf(error),
    });
    return true;
  }

  /** @returns the failure that has ended, if there was one */
  recovered(): SettingsFailure | undefined {
    const failure = this.#failure;
    if (failure === undefined) return undefined;
    const text = `The settings of ${this.#source} are in effect again`;
    this.#report.recovered(this.#lastCause, text);
    this.#emit("recovered", "info", text, { "taskmon.settings.source": this.#source });
    this.#failure = undefined;
    this.#causes.clear();
    // The other causes can be reported again too.
    this.#report = createReporter("settings");
    return failure;
  }
}

/** Identifies a cause, without the numbers of one request or moment. */
function causeOf(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  return codeOf(error) ?? messageOf(error).replaceAll(/\d+/g, "0");
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
