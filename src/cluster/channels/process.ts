import { listenBesideHost, type ListenerCount, type MessageEmitter } from "./beside-host.ts";
import type { Channel } from "./channel.ts";
import { ChannelError } from "../errors.ts";
import { Outbox } from "./outbox.ts";

/** The channel to the process that forked this one; undefined where there is none. */
export function parentProcessChannel(): Channel | undefined {
  if (process.send === undefined) return undefined;
  const outbox = new Outbox((message, sent) => {
    if (process.send === undefined || !process.connected) throw new ChannelError("It is closed");
    return process.send(message, undefined, undefined, sent);
  });
  return {
    send: (message) => outbox.send(message),
    listen: (listener) =>
      listenBesideHost(process as unknown as MessageEmitter, listener, uncounted()),
    onClose(listener) {
      if (!process.connected) {
        queueMicrotask(listener);
        return () => undefined;
      }
      const count = uncounted();
      process.on("disconnect", listener);
      count.added();
      return () => {
        count.removing();
        process.removeListener("disconnect", listener);
      };
    },
    close: () => undefined,
  };
}

/**
 * Listens without keeping the process alive. Node.js holds a process as long as somebody listens for its
 * parent's messages; `process.channel.unref()` would end that for the host's listeners too. So ours is
 * taken out of the count, and put back for the moment in which it is removed.
 */
function uncounted(): ListenerCount {
  const channel = process.channel as
    | { refCounted?: () => void; unrefCounted?: () => void }
    | undefined;
  return {
    added: () => channel?.unrefCounted?.(),
    removing: () => channel?.refCounted?.(),
  };
}
