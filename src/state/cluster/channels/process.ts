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
    listen: (listener) => followProcess("message", listener),
    onClose: (listener) => {
      if (process.connected) return followProcess("disconnect", listener);
      queueMicrotask(listener);
      return () => undefined;
    },
    close: () => undefined,
  };
}

/** What Node.js counts the listeners by that keep the process alive. */
interface CountedChannel {
  refCounted?(): void;
  unrefCounted?(): void;
}

/**
 * Listens without keeping the process alive. Node.js holds a process as long as somebody listens for its
 * parent's messages; `process.channel.unref()` would end that for the host's listeners too. So ours is
 * taken out of the count, and put back for the moment in which it is removed.
 */
function followProcess(
  event: "message" | "disconnect",
  listener: (message: unknown) => void,
): () => void {
  const channel = process.channel as CountedChannel | undefined;
  process.on(event as "message", listener);
  channel?.unrefCounted?.();
  let following = true;
  return () => {
    if (!following) return;
    following = false;
    channel?.refCounted?.();
    process.removeListener(event, listener);
  };
}
