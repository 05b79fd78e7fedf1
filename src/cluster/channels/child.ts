import { listenBesideHost, type MessageEmitter } from "./beside-host.ts";
import type { Channel } from "./channel.ts";
import { ChannelError } from "../errors.ts";
import { Outbox } from "./outbox.ts";

/** A child process with an IPC channel; structurally, as `node:cluster` has one inside each worker. */
export interface ForkedProcess extends MessageEmitter {
  readonly connected: boolean;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  send?(
    message: object,
    handle: undefined,
    options: undefined,
    sent: (error: Error | null) => void,
  ): boolean;
}

/** What can be listened to. */
export interface Source {
  on(event: string, listener: (message: unknown) => void): unknown;
  removeListener(event: string, listener: (message: unknown) => void): unknown;
}

/** The channel to a process that this one forked. */
export function childChannel(child: ForkedProcess): Channel {
  const outbox = new Outbox((message, sent) => {
    if (child.send === undefined || !child.connected) throw new ChannelError("It is closed");
    return child.send(message, undefined, undefined, sent);
  });
  return {
    send: (message) => outbox.send(message),
    listen: (listener) => listenBesideHost(child, listener),
    onClose: (listener) => follow(child, "disconnect", listener),
    close: () => undefined,
  };
}

/** @returns a function that ends it */
export function follow(
  source: Source,
  event: string,
  listener: (message: unknown) => void,
): () => void {
  source.on(event, listener);
  return () => void source.removeListener(event, listener);
}
