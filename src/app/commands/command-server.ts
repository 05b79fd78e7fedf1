import { integerOption, keysOf, optionsObject, textOption } from "../../shared/options.ts";
import type { ServiceContext } from "../services/service-spec.ts";
import { type Command, CommandChannel } from "./command-channel.ts";
import { forgetDepth, measuredCommands, observeDepth } from "./command-metrics.ts";

/** Options of {@link commandServer}. */
export interface CommandServerOptions {
  /** Its name in metrics and spans. A service may have several channels. */
  readonly name: string;
  /** The most commands that can wait, 1 to 65,535. @default 64 */
  readonly size?: number;
  /** Runs before the first command. @default nothing to do */
  readonly init?: () => unknown;
  /** Runs after the last command, even if `init` failed. @default nothing to do */
  readonly destroy?: () => unknown;
}

/**
 * Owns a piece of state: runs commands one at a time, in the order in which they were accepted. If a command
 * throws, its caller gets the error, and the next command runs.
 */
export class CommandServer {
  readonly name: string;
  readonly #context: Pick<ServiceContext, "service" | "metrics" | "signal">;
  readonly #channel: CommandChannel;
  readonly #init: () => unknown;
  readonly #destroy: () => unknown;

  constructor(context: ServiceContext, options: CommandServerOptions) {
    const given = optionsObject<CommandServerOptions>("commandServer", options, KEYS);
    this.name = textOption("commandServer.name", given.name);
    this.#context = context;
    this.#init = given.init ?? ((): void => {});
    this.#destroy = given.destroy ?? ((): void => {});
    const size = integerOption("commandServer.size", given.size, {
      min: 1,
      max: 65_535,
      default: 64,
    });
    const { id, name } = context.service;
    const owner = { id, name, signal: context.signal };
    this.#channel = new CommandChannel(owner, size, measuredCommands(context.metrics, this.name));
  }

  /** How many commands wait to be run. */
  get depth(): number {
    return this.#channel.depth;
  }

  /** Submits a command; see {@link CommandChannel.submit}. */
  submit<T>(command: Command<T>, options?: { readonly signal?: AbortSignal }): Promise<T> {
    return this.#channel.submit(command, options);
  }

  /**
   * Serves until the service begins to end: give it to the service as its `run`. The command under way is
   * finished first.
   *
   * Rejects as `init` or `destroy` do.
   */
  async run(): Promise<void> {
    const { metrics, signal } = this.#context;
    observeDepth(metrics, this.name, () => this.#channel.depth);
    try {
      await this.#init();
      while (!signal.aborted) {
        await this.#channel.ready();
        for (let ran: boolean | Promise<boolean> = true; ran && !signal.aborted;) {
          ran = this.#channel.runNext();
          // After a synchronous command, the next one runs at once.
          if (typeof ran !== "boolean") ran = await ran;
        }
      }
    } finally {
      forgetDepth(metrics, this.name);
      await this.#destroy();
    }
  }
}

const KEYS = keysOf<CommandServerOptions>({ name: true, size: true, init: true, destroy: true });

/**
 * Makes a command server of a service: in `start`, keep it; in `run`, return its `run()`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function commandServer(
  context: ServiceContext,
  options: CommandServerOptions,
): CommandServer {
  return new CommandServer(context, options);
}
