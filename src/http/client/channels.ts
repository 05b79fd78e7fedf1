import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Takes the messages of one channel, whose shape it knows. */
export type ChannelListener = (message: never) => void;

/** Listeners on several channels, which are added and removed together. */
export class Channels {
  readonly #listeners: readonly (readonly [name: string, listener: (message: unknown) => void])[];
  #open = false;

  /**
   * @param failed takes an error of a listener, which would otherwise be an uncaught exception of the program
   */
  constructor(
    listeners: Readonly<Record<string, ChannelListener>>,
    failed: (error: unknown) => void,
  ) {
    this.#listeners = Object.entries(listeners).map(([name, listener]) => [
      name,
      (message) => {
        try {
          listener(message as never);
        } catch (error) {
          failed(error);
        }
      },
    ]);
  }

  /** Adds the listeners. Idempotent. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    for (const [name, listener] of this.#listeners) subscribe(name, listener);
  }

  /** Removes the listeners. Idempotent. */
  close(): void {
    this.#open = false;
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener);
  }
}
