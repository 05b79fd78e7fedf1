import type { Target } from "../../contract.ts";
import { ProbeError } from "../../errors.ts";

/**
 * The messages of cloudprober's external probe servers: protocol buffers `ProbeRequest` and `ProbeReply`,
 * each after a line `Content-Length: n` with an empty line before and behind it.
 */

/** The answer of a probe server. */
export interface ServerReply {
  readonly requestId: number;
  /** Absent if the probe passed. */
  readonly errorMessage?: string;
  readonly payload: string;
}

/** A request as bytes, with its header. */
export function encodeRequest(requestId: number, timeLimitMs: number, target: Target): Buffer {
  const options = (["name", "host", "port", "address", "url"] as const).flatMap((key) => {
    const value = target[key];
    if (value === undefined) return [];
    const name = key === "name" ? "target" : key;
    return [
      field(3, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(String(value)))])),
    ];
  });
  const numbers = [
    Buffer.from([0x08]),
    varint(requestId),
    Buffer.from([0x10]),
    varint(timeLimitMs),
  ];
  const body = Buffer.concat([...numbers, ...options]);
  return Buffer.concat([Buffer.from(`\nContent-Length: ${body.length}\n\n`), body]);
}

/** Takes the first complete message from the received data; undefined if it is not complete yet. */
export function takeReply(
  arrived: Buffer,
  maxBytes: number,
): { readonly reply: ServerReply; readonly rest: Buffer } | undefined {
  const head = arrived.subarray(0, 64).toString("latin1");
  const [header, length] = /^\s*Content-Length: (\d{1,9})\n\n/.exec(head) ?? [];
  if (header === undefined) {
    if (arrived.length < 64) return undefined;
    throw new ProbeError("protocol_error", "The program does not speak the protocol of servers");
  }
  if (Number(length) > maxBytes) {
    throw new ProbeError("too_large", `The program's answer is longer than ${maxBytes} bytes`);
  }
  const end = header.length + Number(length);
  if (arrived.length < end) return undefined;
  return { reply: decodeReply(arrived.subarray(header.length, end)), rest: arrived.subarray(end) };
}

function decodeReply(bytes: Buffer): ServerReply {
  let requestId = 0;
  let errorMessage: string | undefined;
  let payload = "";
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const value = readVarint(bytes, tag.end);
    at = value.end;
    if ((tag.value & 7) === 0) {
      if (tag.value >> 3 === 1) requestId = value.value;
      continue;
    }
    if ((tag.value & 7) !== 2)
      throw new ProbeError("protocol_error", "The program's answer is not a ProbeReply");
    const text = bytes.subarray(at, at + value.value).toString();
    at += value.value;
    if (tag.value >> 3 === 2) errorMessage = text;
    if (tag.value >> 3 === 3) payload = text;
  }
  return { requestId, payload, ...(errorMessage !== undefined && { errorMessage }) };
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length && scale <= 2 ** 49; at++, scale *= 128) {
    value += (bytes[at]! & 0x7f) * scale;
    if (bytes[at]! < 0x80) return { value, end: at + 1 };
  }
  throw new ProbeError("protocol_error", "The program's answer is incomplete");
}
