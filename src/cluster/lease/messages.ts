import type { Grant, Heartbeat, HeartbeatAnswer, Release } from "../../task/allocator.ts";
import type { Scope, Target } from "../../task/target.ts";
import { isCount, isRecord, isSpan, isText } from "../channels/checks.ts";
import type { Message } from "../channels/envelope.ts";

/** A worker's request: a call of an allocator's method. */
export type Ask =
  | { readonly method: "notify"; readonly heartbeat: Heartbeat }
  | { readonly method: "release"; readonly release: Release };

/** A call with its caller and the id of the answer. */
export type AskMessage = Ask & {
  readonly type: "ask";
  readonly id: number;
  readonly target: Target;
  readonly instance: string;
};

/** A worker confirms, after the answer to its heartbeat `seq`, that it holds nothing any more. */
export interface EndedMessage {
  readonly type: "ended";
  readonly instance: string;
  readonly seq: number;
}

/** The parent's answer to a call. */
export interface AnswerMessage {
  readonly type: "answer";
  readonly id: number;
  /** The scope in which the parent's numbers are unique. */
  readonly scope?: Scope;
  /** The answer to a heartbeat. */
  readonly answer?: HeartbeatAnswer;
  /** The answer to a release. */
  readonly released?: boolean;
  /** Why there is no answer. */
  readonly error?: string;
}

/** The parent would give another answer to a heartbeat now. */
export interface ChangedMessage {
  readonly type: "changed";
}

const MAX_TEXT = 255;
const MAX_ERROR = 1_000;

/** Returns the checked message of a worker, or undefined if it is invalid. */
export function workerMessage(message: Message): AskMessage | EndedMessage | undefined {
  const { type, instance, seq } = message;
  if (!isText(instance, MAX_TEXT)) return undefined;
  if (type === "ended") return isCount(seq) ? { type, instance, seq } : undefined;
  const { id, method } = message;
  const target = targetOf(message["target"]);
  if (type !== "ask" || !isCount(id) || target === undefined) return undefined;
  if (method === "notify") {
    const heartbeat = heartbeatOf(message["heartbeat"]);
    return heartbeat && { type, id, target, instance, method, heartbeat };
  }
  const release = releaseOf(message["release"]);
  return method === "release" && release !== undefined
    ? { type, id, target, instance, method, release }
    : undefined;
}

/** Returns the checked message of the parent, or undefined if it is invalid. */
export function parentMessage(message: Message): AnswerMessage | ChangedMessage | undefined {
  const { type, id, scope, error, released } = message;
  if (type === "changed") return { type };
  if (type !== "answer" || !isCount(id)) return undefined;
  if (isText(error, MAX_ERROR)) return { type, id, error };
  if (!isScope(scope)) return undefined;
  if (typeof released === "boolean") return { type, id, scope, released };
  const answer = answerOf(message["answer"]);
  return answer && { type, id, scope, answer };
}

function targetOf(value: unknown): Target | undefined {
  if (!isRecord(value)) return undefined;
  const { serviceName, jobName, region, hostName } = value;
  if (!isText(serviceName, MAX_TEXT) || !isText(jobName, MAX_TEXT)) return undefined;
  if (!isText(hostName, MAX_TEXT)) return undefined;
  if (region === undefined) return { serviceName, jobName, hostName };
  return isText(region, MAX_TEXT) ? { serviceName, jobName, region, hostName } : undefined;
}

function heartbeatOf(value: unknown): Heartbeat | undefined {
  if (!isRecord(value)) return undefined;
  const { seq, held, holdMs, leaseMs, longestHoldMs, maxTasks } = value;
  if (!isCount(seq) || !isSpan(holdMs) || !isSpan(leaseMs) || !isCount(maxTasks)) return undefined;
  const longest = isSpan(longestHoldMs) && { longestHoldMs };
  const heartbeat = { seq, holdMs, leaseMs, ...longest, maxTasks };
  if (held === undefined) return heartbeat;
  const grant = grantOf(held);
  return grant && { ...heartbeat, held: grant };
}

function releaseOf(value: unknown): Release | undefined {
  const grant = grantOf(value);
  if (grant === undefined || !isRecord(value)) return undefined;
  const { seq, quarantineMs } = value;
  return isSpan(quarantineMs)
    ? { ...grant, ...(isCount(seq) && { seq }), quarantineMs }
    : undefined;
}

function answerOf(value: unknown): HeartbeatAnswer | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, leaseMs, longestHoldMs } = value;
  if (kind === "no_number" || kind === "lost" || kind === "collision" || kind === "full")
    return { kind };
  const grant = grantOf(value);
  if (kind !== "granted" || grant === undefined || !isSpan(leaseMs)) return undefined;
  return { kind, ...grant, leaseMs, ...(isSpan(longestHoldMs) && { longestHoldMs }) };
}

function grantOf(value: unknown): Grant | undefined {
  if (!isRecord(value)) return undefined;
  const { num, epoch, worker } = value;
  if (!isCount(num) || !isCount(epoch)) return undefined;
  if (worker === undefined) return { num, epoch };
  return isCount(worker) ? { num, epoch, worker } : undefined;
}

function isScope(value: unknown): value is Scope {
  return value === "process" || value === "host" || value === "fleet";
}
