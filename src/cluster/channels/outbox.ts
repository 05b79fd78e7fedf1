import { messageOf } from "../../shared/errors.ts";
import { ChannelError } from "../errors.ts";

/**
 * Sends over IPC, as `process.send` and `ChildProcess.send` do. Returns false if too many messages are
 * waiting.
 */
export type IpcSend = (message: object, sent: (error: Error | null) => void) => boolean;

/**
 * Sends over an IPC channel without exceeding Node.js's send buffer, because the other process may be paused.
 */
export class Outbox {
  readonly #send: IpcSend;
  #waiting = 0;
  #full = false;

  constructor(send: IpcSend) {
    this.#send = send;
  }

  /** @throws ChannelError `ERR_TASKMON_CHANNEL`, as a rejection */
  send(message: object): Promise<void> {
    if (this.#full) return Promise.reject(new ChannelError("The channel is full"));
    return new Promise((resolve, reject) => {
      this.#waiting += 1;
      const sent = (error: Error | null): void => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#full = false;
        if (error === null) resolve();
        else reject(failed(error));
      };
      try {
        // Always pass a callback. Without one, a failure is an `error` event, which may be an uncaught
        // exception.
        if (!this.#send(message, sent)) this.#full = this.#waiting > 0;
      } catch (error) {
        sent(error instanceof Error ? error : new Error(messageOf(error)));
      }
    });
  }
}

function failed(error: unknown): ChannelError {
  return new ChannelError(`The message could not be sent: ${messageOf(error)}`, { cause: error });
}
