import { ProbeError } from "../../errors.ts";
import {
  className,
  CLASSES,
  RECORD_TYPES,
  rcodeName,
  type RecordClass,
  type RecordType,
  typeName,
} from "./codes.ts";
import { MessageReader } from "./message-reader.ts";
import { recordData } from "./record-data.ts";

/** A question for a name server. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: RecordType;
  readonly class: RecordClass;
  /** Whether the server should ask other servers. */
  readonly recursionDesired: boolean;
}

/** One record of an answer. */
export interface DnsRecord {
  /** With a trailing dot. */
  readonly name: string;
  readonly type: string;
  readonly class: string;
  readonly ttl: number;
  /** As in zone files: `10 mail.example.org.` */
  readonly data: string;
}

/** The answer of a name server. */
export interface DnsAnswer {
  readonly id: number;
  /** `NOERROR`, `NXDOMAIN`, … */
  readonly rcode: string;
  /** Whether the server is authoritative for the zone (AA). */
  readonly authoritative: boolean;
  /** Whether the answer did not fit (TC). */
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

const RESPONSE = 0x8000;
const MAX_RECORDS = 10_000;

/** A question in wire format (RFC 1035, section 4). */
export function encodeQuestion(id: number, question: DnsQuestion): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(question.recursionDesired ? 0x0100 : 0, 2);
  header.writeUInt16BE(1, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(RECORD_TYPES[question.type], 0);
  tail.writeUInt16BE(CLASSES[question.class], 2);
  return Buffer.concat([header, encodeName(question.name), tail]);
}

/**
 * Reads an answer.
 * @throws ProbeError `protocol_error` if it is not a valid answer
 */
export function decodeAnswer(bytes: Uint8Array): DnsAnswer {
  const reader = new MessageReader(bytes);
  const id = reader.uint16();
  const flags = reader.uint16();
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()];
  if ((flags & RESPONSE) === 0) throw new ProbeError("protocol_error", "It sent a question back");
  if (counts.some((count) => count > MAX_RECORDS)) {
    throw new ProbeError("protocol_error", "The answer has too many records");
  }
  for (let question = 0; question < counts[0]!; question++) {
    reader.name();
    reader.skip(4);
  }
  const records = (count: number): DnsRecord[] =>
    Array.from({ length: count }, () => decodeRecord(reader));
  return {
    id,
    rcode: rcodeName(flags & 0x000f),
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    answers: records(counts[1]!),
    authorities: records(counts[2]!),
    additionals: records(counts[3]!),
  };
}

/** Whether a text is a valid domain name: labels of at most 63 bytes, 253 in total. */
export function isDomainName(name: unknown): name is string {
  if (typeof name !== "string" || name === "") return false;
  if (name === ".") return true;
  const labels = name.replace(/\.$/, "").split(".");
  const isLabel = (label: string): boolean => label !== "" && Buffer.byteLength(label) <= 63;
  return labels.every(isLabel) && Buffer.byteLength(name) <= 253;
}

function encodeName(name: string): Buffer {
  const labels = name.replace(/\.$/, "").split(".").filter(Boolean);
  const parts = labels.flatMap((label) => {
    const bytes = Buffer.from(label);
    return [Buffer.from([bytes.length]), bytes];
  });
  return Buffer.concat([...parts, Buffer.alloc(1)]);
}

function decodeRecord(reader: MessageReader): DnsRecord {
  const name = reader.name();
  const type = reader.uint16();
  const ofClass = reader.uint16();
  const ttl = reader.uint32();
  const length = reader.uint16();
  const data = recordData(reader, type, length);
  return { name, type: typeName(type), class: className(ofClass), ttl, data };
}
