import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { InvalidOptionError } from "../../shared/errors.ts";
import { booleanOption, optionsObject } from "../../shared/options.ts";
import { ProbeError } from "../errors.ts";
import type { TlsDetails } from "../net/certificate.ts";
import { tlsOption } from "../net/dial-options.ts";
import { StreamReader, written } from "../net/stream.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import { matches } from "../validators/pattern.ts";
import type { Attempt } from "./attempt.ts";
import { upgrade } from "./upgrade.ts";

/** One step of a conversation: it expects a line, then sends a text, then starts TLS; each is optional. */
export interface TcpStep {
  /** Reads lines until one matches. The end of the connection before that is a failure. */
  readonly expect?: RegExp;
  /** Sends this, as it is: a line ends with `\r\n` in most protocols. `$1` stands for a group of `expect`. */
  readonly send?: string;
  /** Whether to continue over TLS. @default false */
  readonly startTls?: boolean | ProbeTlsOptions;
}

/** The details of a conversation. */
export interface ConversationDetails {
  tls?: TlsDetails;
  /** The index of the step whose expectation failed, from 0. */
  unmetStep?: number;
}

const MAX_STEPS = 100;

/** The steps of a conversation, and its connection. */
export interface Conversation {
  /** The stream for the data: the socket, or TLS over it. */
  readonly stream: Duplex;
  readonly socket: Socket;
  readonly host: string;
  readonly steps: readonly TcpStep[];
  readonly maxBytes: number;
}

/** Goes through the steps; returns all data that was read. */
export async function converse(
  run: Attempt<ConversationDetails>,
  talk: Conversation,
): Promise<Buffer> {
  let { stream } = talk;
  if (talk.steps.length === 0) return Buffer.alloc(0);
  let reader = new StreamReader(stream, talk.maxBytes);
  const lines: string[] = [];
  for (const [index, { expect, send, startTls }] of talk.steps.entries()) {
    let matched: RegExpExecArray | undefined;
    if (expect !== undefined) {
      run.phases.begin(lines.length === 0 ? "first_byte" : "transfer");
      matched = await readUntil(run, reader, expect, lines, index);
    }
    if (send !== undefined) {
      run.phases.begin("write");
      await written(stream, matched === undefined ? send : expand(send, matched));
    }
    if (startTls) {
      reader.detach();
      const options = startTls === true ? {} : startTls;
      stream = await upgrade(run, talk.socket, talk.host, options);
      reader = new StreamReader(stream, talk.maxBytes);
    }
  }
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

async function readUntil(
  run: Attempt<ConversationDetails>,
  reader: StreamReader,
  expected: RegExp,
  lines: string[],
  index: number,
): Promise<RegExpExecArray> {
  for (;;) {
    const line = await reader.line();
    if (line === undefined) {
      run.signal.throwIfAborted();
      run.details.unmetStep = index;
      const last = lines.length === 0 ? "nothing" : JSON.stringify(lines.at(-1)!.slice(0, 200));
      const message = `Expected ${String(expected)}, got ${last} and the end of the connection`;
      throw new ProbeError("unexpected_answer", message);
    }
    if (lines.length === 0) run.phases.begin("transfer");
    lines.push(line);
    expected.lastIndex = 0;
    if (matches(expected, line)) {
      expected.lastIndex = 0;
      return expected.exec(line)!;
    }
  }
}

/** Replaces `$1`, `${1}` and `${name}` by the groups of a match; `$$` is a dollar. */
function expand(text: string, matched: RegExpExecArray): string {
  return text.replaceAll(
    /\$(?:\$|(\d{1,2})|\{(\w+)\})/g,
    (whole, digits?: string, name?: string) => {
      if (whole === "$$") return "$";
      const key = digits ?? name!;
      return (/^\d+$/.test(key) ? matched[Number(key)] : matched.groups?.[key]) ?? "";
    },
  );
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function stepsOption(steps: readonly TcpStep[] | undefined): readonly TcpStep[] {
  if (steps === undefined) return [];
  if (!Array.isArray(steps) || steps.length > MAX_STEPS) {
    throw new InvalidOptionError("tcpProbe.steps", `an array of at most ${MAX_STEPS} steps`, steps);
  }
  return steps.map((step: TcpStep, index) => {
    const option = `tcpProbe.steps[${index}]`;
    const { expect, send, startTls } = optionsObject(option, step, ["expect", "send", "startTls"]);
    if (expect !== undefined && !(expect instanceof RegExp)) {
      throw new InvalidOptionError(`${option}.expect`, "a RegExp", expect);
    }
    if (send !== undefined && typeof send !== "string") {
      throw new InvalidOptionError(`${option}.send`, "a text", send);
    }
    return {
      ...(expect !== undefined && { expect }),
      ...(send !== undefined && { send }),
      startTls:
        typeof startTls === "object"
          ? tlsOption(`${option}.startTls`, startTls)
          : booleanOption(`${option}.startTls`, startTls, false),
    };
  });
}
