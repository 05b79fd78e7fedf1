import type { MessagePort } from "node:worker_threads";
import { messageOf } from "../../shared/errors.ts";
import { ChannelError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { follow } from "./follow.ts";

/** Returns a channel over a port that nothing else uses. It does not keep the thread alive. */
export function portChannel(port: MessagePort): Channel {
  let closed = false;
  port.once("close", () => {
    closed = true;
  });
  port.unref();
  return {
    async send(message) {
      if (closed) throw new ChannelError("The port is closed");
      try {
        port.postMessage(message);
      } catch (error) {
        throw new ChannelError(`The message could not be sent: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
    listen(listener) {
      const end = follow(port, "message", listener);
      // The first listener refs the port again.
      port.unref();
      return end;
    },
    onClose: (listener) => follow(port, "close", listener),
    close: () => port.close(),
  };
}
