import { ChannelError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { isRecord } from "./checks.ts";
import { follow, type Source } from "./follow.ts";
import { Outbox } from "./outbox.ts";

/** One end of an IPC channel: `process` in a child, a `ChildProcess` in its parent. */
export interface IpcEnd extends Source {
  readonly connected: boolean;
  send?(
    message: object,
    handle: undefined,
    options: undefined,
    sent: (error: Error | null) => void,
  ): boolean;
}

/**
 * Node.js does not pass messages with this prefix to listeners for `message`: not to the program, its process
 * manager or a thread pool. They also do not keep a process alive whose host does not listen.
 * https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback
 */
const NAME = "NODE_TASKMON";

/** Returns the channel to the process at the other end. The host uses it too. */
export function ipcChannel(end: IpcEnd): Channel {
  const outbox = new Outbox((message, sent) => {
    if (end.send === undefined || !end.connected) throw new ChannelError("The channel is closed");
    return end.send({ cmd: NAME, ...message }, undefined, undefined, sent);
  });
  return {
    send: (message) => outbox.send(message),
    listen: (listener) =>
      follow(end, "internalMessage", (message) => {
        if (isRecord(message) && message["cmd"] === NAME) listener(message);
      }),
    onClose(listener) {
      if (!end.connected) {
        queueMicrotask(listener);
        return () => undefined;
      }
      const unfollow = follow(end, "disconnect", listener);
      countListeners(end, -1);
      return () => {
        countListeners(end, 1);
        unfollow();
      };
    },
    close: () => undefined,
  };
}

/**
 * Node.js keeps a child alive while someone listens for `disconnect`. `process.channel.unref()` would also
 * affect the host's listeners. So we subtract our listener from the count, and add it again just before we
 * remove it.
 */
function countListeners(end: IpcEnd, change: 1 | -1): void {
  if (end !== (process as IpcEnd)) return;
  const channel = process.channel as
    | { refCounted?: () => void; unrefCounted?: () => void }
    | undefined;
  if (change === 1) channel?.refCounted?.();
  else channel?.unrefCounted?.();
}
