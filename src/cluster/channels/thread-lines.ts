import { randomUUID } from "node:crypto";
import { BroadcastChannel, receiveMessageOnPort, threadId, type Worker } from "node:worker_threads";
import { messageOf } from "../../shared/errors.ts";
import { ChannelError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { isRecord } from "./checks.ts";
import type { Message, Service } from "./envelope.ts";
import { follow } from "./follow.ts";

/**
 * The broadcast channel on which the threads of a process find each other. A thread that wants a channel to
 * its parent announces the channel's name there, and a parent asks for announcements. So we never send
 * anything over the host's ports.
 */
const MEETING = "taskmon.cluster.1";

/** The most messages that wait for a parent that does not listen yet. Older ones are dropped. */
const MAX_WAITING = 16;

/** Returns the channel of this thread to the thread that started it, which may not listen. */
export function lineToParent(service: Service): Channel {
  const line = `${MEETING}.${randomUUID()}`;
  const listeners = new Set<(message: unknown) => void>();
  const waiting: object[] = [];
  let state: "waiting" | "open" | "closed" = "waiting";
  const own = broadcast(line, (said) => {
    if (said["from"] !== "parent") return;
    if (said["opens"] !== true) for (const listener of [...listeners]) listener(said["message"]);
    else {
      state = "open";
      for (const message of waiting.splice(0)) own.postMessage({ from: "worker", message });
    }
  });
  const meeting = broadcast(MEETING, ({ calls }) => {
    if (calls === service) announce();
  });
  const announce = (): void => meeting.postMessage({ service, threadId, line });
  announce();
  return {
    async send(message) {
      if (state === "closed") throw new ChannelError("The line is closed");
      if (state === "open") return post(own, { from: "worker", message });
      waiting.push(message);
      if (waiting.length > MAX_WAITING) waiting.shift();
      announce();
    },
    listen: (listener) => joined(listeners, listener),
    // Never called: a thread does not outlive the thread that started it.
    onClose: () => () => undefined,
    close() {
      state = "closed";
      own.postMessage({ from: "worker", closes: true });
      own.close();
      meeting.close();
    },
  };
}

/** Follows the channels that child threads open to this thread. */
export class ThreadLines {
  readonly #service: Service;
  readonly #onLine: (thread: Worker, channel: Channel) => void;
  readonly #threads = new Map<number, Worker>();
  readonly #lines = new Set<string>();
  #meeting: BroadcastChannel | undefined;

  constructor(service: Service, onLine: (thread: Worker, channel: Channel) => void) {
    this.#service = service;
    this.#onLine = onLine;
  }

  /**
   * Follows a thread.
   * @returns a function that stops following it
   */
  add(thread: Worker): () => void {
    // Read it now: it changes when the thread has ended.
    const { threadId: id } = thread;
    this.#threads.set(id, thread);
    this.#meeting ??= broadcast(MEETING, (said) => this.#hear(said));
    this.#meeting.postMessage({ calls: this.#service });
    return () => void this.#threads.delete(id);
  }

  stop(): void {
    this.#meeting?.close();
    this.#meeting = undefined;
    this.#threads.clear();
  }

  #hear({ service, threadId: id, line }: Message): void {
    const thread = this.#threads.get(id as number);
    if (service !== this.#service || thread === undefined || typeof line !== "string") return;
    if (this.#lines.has(line)) return;
    this.#lines.add(line);
    const channel = lineFrom(thread, line);
    channel.onClose(() => this.#lines.delete(line));
    this.#onLine(thread, channel);
  }
}

/** Returns the parent's end of a thread's channel. */
function lineFrom(thread: Worker, line: string): Channel {
  const listeners = new Set<(message: unknown) => void>();
  const closing = new Set<() => void>();
  const hear = ({ from, closes, message }: Message): void => {
    if (from !== "worker") return;
    if (closes === true) close();
    else for (const listener of [...listeners]) listener(message);
  };
  const own = broadcast(line, hear);
  const unfollow = follow(thread, "exit", () => {
    // First receive the messages that the thread sent before its end.
    for (let said = next(own); said !== undefined; said = next(own)) {
      hear(said);
      if (isClosed) return;
    }
    close();
  });
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    unfollow();
    own.close();
    for (const listener of closing) listener();
    closing.clear();
  };
  own.postMessage({ from: "parent", opens: true });
  return {
    send: async (message) => post(own, { from: "parent", message }),
    listen: (listener) => joined(listeners, listener),
    onClose: (listener) => joined(closing, listener),
    close,
  };
}

/** Opens a broadcast channel. It does not keep the thread alive. */
function broadcast(name: string, listener: (said: Message) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- its type has no other way
  channel.onmessage = (event: unknown) => {
    const { data } = event as { readonly data: unknown };
    if (isRecord(data)) listener(data);
  };
  channel.unref();
  return channel;
}

function next(channel: BroadcastChannel): Message | undefined {
  const received: { readonly message: Message } | undefined = receiveMessageOnPort(
    channel as never,
  );
  return received?.message;
}

function post(channel: BroadcastChannel, message: object): void {
  try {
    channel.postMessage(message);
  } catch (error) {
    throw new ChannelError(`The message could not be sent: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Adds a listener.
 * @returns a function that removes it
 */
function joined<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
