import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { ProbeContext, Target } from "../../contract.ts";
import { ProbeError } from "../../errors.ts";
import { killGroup, type Program, startProgram } from "./child.ts";
import { encodeRequest, type ServerReply, takeReply } from "./server-messages.ts";

interface Waiting {
  resolve(reply: ServerReply): void;
  reject(error: Error): void;
}

/** A program that is started once and then asked again and again, about several targets at one time. */
export class ExecServer {
  readonly #program: () => Program;
  readonly #maxBytes: number;
  readonly #waiting = new Map<number, Waiting>();
  #child: Promise<ChildProcess> | undefined;
  #lastId = 0;

  constructor(program: () => Program, maxBytes: number) {
    this.#program = program;
    this.#maxBytes = maxBytes;
  }

  /** The payload of the answer about a target. */
  async ask(target: Target, { signal, timeoutMs }: ProbeContext): Promise<string> {
    const child = await (this.#child ??= this.#start());
    signal.throwIfAborted();
    const id = (this.#lastId = (this.#lastId % 0x7fff_ffff) + 1);
    const { promise, resolve, reject } = Promise.withResolvers<ServerReply>();
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(id, { resolve, reject });
    hold(child, true);
    try {
      child.stdin!.write(encodeRequest(id, Math.round(timeoutMs), target));
      const { errorMessage, payload } = await promise;
      if (errorMessage === undefined) return payload;
      throw new ProbeError("unexpected_answer", errorMessage.slice(0, 500) || "It failed");
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) hold(child, false);
    }
  }

  /** Ends the program; the next question starts it again. */
  close(): void {
    this.#child?.then(killGroup, () => undefined);
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    let child: ChildProcess;
    try {
      child = await startProgram(this.#program(), ["pipe", "pipe", "ignore"]);
    } catch (error) {
      this.#child = undefined;
      throw error;
    }
    let arrived: Buffer = Buffer.alloc(0);
    const over = (error: Error): void => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#child = undefined;
      killGroup(child);
    };
    child.stdin!.on("error", () => undefined);
    child.stdout!.on("data", (chunk: Buffer) => {
      try {
        arrived = Buffer.concat([arrived, chunk]);
        for (let taken = takeReply(arrived, this.#maxBytes); taken; taken = takeReply(arrived, this.#maxBytes)) {
          arrived = taken.rest;
          // A late answer has nobody who waits for it.
          this.#waiting.get(taken.reply.requestId)?.resolve(taken.reply);
        }
      } catch (error) {
        over(error as Error);
      }
    });
    child.once("exit", (code, signal) => {
      over(new ProbeError("connection_closed", `The program ended with ${signal ?? `exit code ${code}`}`));
    });
    return child;
  }
}

/** A program that is not asked anything does not keep this process alive. */
function hold(child: ChildProcess, isAsked: boolean): void {
  const streams = [child.stdin, child.stdout] as unknown as Socket[];
  for (const held of [child, ...streams]) {
    if (isAsked) held.ref();
    else held.unref();
  }
}
