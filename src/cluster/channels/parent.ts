import { MessageChannel, MessagePort, parentPort } from "node:worker_threads";
import { InvalidOptionError } from "../../shared/errors.ts";
import { NoParentError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { sealed, type Service } from "./envelope.ts";
import { portChannel } from "./port.ts";
import { parentProcessChannel } from "./process.ts";

/** How the parent is reached. */
export interface ParentLine {
  /** Opens the line, anew each time where it is ours alone. */
  open(): Channel;
  /** Whether a new line can be opened, for a parent that did not listen yet when the last one was. */
  readonly reopens: boolean;
}

/**
 * The way to the parent: the port that was given; in a worker thread a port of our own, which its parent
 * is handed; in a forked process the IPC channel.
 * @throws NoParentError `ERR_TASKMON_NO_PARENT`: there is none
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`: what was given is no port
 */
export function parentLine(
  caller: string,
  service: Service,
  port: MessagePort | undefined,
): ParentLine {
  if (port !== undefined) {
    if (port instanceof MessagePort) return { open: () => portChannel(port), reopens: false };
    throw new InvalidOptionError(`${caller}.port`, "a MessagePort", port);
  }
  if (parentPort !== null) return { open: () => handPort(parentPort!, service), reopens: true };
  const channel = parentProcessChannel();
  if (channel === undefined) throw new NoParentError(caller);
  return { open: () => channel, reopens: false };
}

/** The type of the message that hands a port to the parent. */
export const CONNECT = "connect";

/** Ours alone, so that we never listen at the host's port, which would change what keeps it open. */
function handPort(parent: MessagePort, service: Service): Channel {
  const { port1, port2 } = new MessageChannel();
  parent.postMessage(sealed(service, { type: CONNECT, port: port2 }), [port2]);
  return portChannel(port1);
}
