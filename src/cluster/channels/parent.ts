import { isMainThread, MessagePort } from "node:worker_threads";
import { InvalidOptionError } from "../../shared/errors.ts";
import { NoParentError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import type { Service } from "./envelope.ts";
import { ipcChannel } from "./ipc.ts";
import { portChannel } from "./port.ts";
import { lineToParent } from "./thread-lines.ts";

/**
 * Chooses the channel to the parent: the given port; our own channel in a worker thread; the IPC channel in a
 * forked process.
 * @returns a function that opens the channel; closing it closes only our own channels
 * @throws NoParentError `ERR_TASKMON_NO_PARENT`: there is no parent
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`: the given value is not a port
 */
export function parentLine(
  caller: string,
  service: Service,
  port: MessagePort | undefined,
): () => Channel {
  if (port !== undefined) {
    if (!(port instanceof MessagePort)) {
      throw new InvalidOptionError(`${caller}.port`, "a MessagePort", port);
    }
    return () => ({ ...portChannel(port), close: () => undefined });
  }
  if (!isMainThread) return () => lineToParent(service);
  if (process.send === undefined) throw new NoParentError(caller);
  return () => ipcChannel(process);
}
