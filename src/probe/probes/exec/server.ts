import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { ProbeContext, Target } from "../../contract.ts";
import { ProbeError } from "../../errors.ts";
import { killGroup, type Program, startProgram } from "./child.ts";
import { encodeRequest, type ServerReply, takeReply } from "./server-messages.ts";

/** A running program, and the pending requests by id. */
interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

interface Waiting {
  readonly resolve: (reply: ServerReply) => void;
  readonly reject: (error: Error) => void;
}

/** A program that is started once and then answers many requests, also concurrent ones. */
export class ExecServer {
  readonly #program: () => Program;
  readonly #maxBytes: number;
  #running: Promise<Running> | undefined;
  #lastId = 0;

  constructor(program: () => Program, maxBytes: number) {
    this.#program = program;
    this.#maxBytes = maxBytes;
  }

  /** The payload of the answer about a target. */
  async ask(target: Target, { signal, timeoutMs }: ProbeContext): Promise<string> {
    const { child, waiting } = await (this.#running ??= this.#start());
    signal.throwIfAborted();
    const id = (this.#lastId = (this.#lastId % 0x7fff_ffff) + 1);
    const { promise, resolve, reject } = Promise.withResolvers<ServerReply>();
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    waiting.set(id, { resolve, reject });
    setKeepsAlive(child, true);
    try {
      child.stdin!.write(encodeRequest(id, Math.round(timeoutMs), target));
      const { errorMessage, payload } = await promise;
      if (errorMessage === undefined) return payload;
      throw new ProbeError("unexpected_answer", errorMessage.slice(0, 500) || "It failed");
    } finally {
      signal.removeEventListener("abort", onAbort);
      waiting.delete(id);
      if (waiting.size === 0) setKeepsAlive(child, false);
    }
  }

  /** Ends the program; the next question starts it again. */
  close(): void {
    this.#running?.then(
      (running) => killGroup(running.child),
      () => undefined,
    );
    this.#running = undefined;
  }

  #start(): Promise<Running> {
    const running = this.#launch(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }

  async #launch(onOver: () => void): Promise<Running> {
    let child: ChildProcess;
    try {
      child = await startProgram(this.#program(), ["pipe", "pipe", "ignore"]);
    } catch (error) {
      onOver();
      throw error;
    }
    const waiting = new Map<number, Waiting>();
    const over = (error: Error): void => {
      onOver();
      for (const { reject } of waiting.values()) reject(error);
      killGroup(child);
    };
    let arrived: Buffer = Buffer.alloc(0);
    const take = (): ServerReply | undefined => {
      const taken = takeReply(arrived, this.#maxBytes);
      if (taken !== undefined) arrived = taken.rest;
      return taken?.reply;
    };
    child.stdin!.on("error", () => undefined);
    child.stdout!.on("data", (chunk: Buffer) => {
      arrived = Buffer.concat([arrived, chunk]);
      try {
        // After a timeout, nobody waits for the answer.
        for (let reply = take(); reply; reply = take())
          waiting.get(reply.requestId)?.resolve(reply);
      } catch (error) {
        over(error as Error);
      }
    });
    child.once("exit", (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      over(new ProbeError("connection_closed", `The program ended with ${how}`));
    });
    return { child, waiting };
  }
}

/** Lets the program keep this process alive only while a request is pending. */
function setKeepsAlive(child: ChildProcess, isAsked: boolean): void {
  const streams = [child.stdin, child.stdout] as unknown as Socket[];
  for (const held of [child, ...streams]) {
    if (isAsked) held.ref();
    else held.unref();
  }
}
