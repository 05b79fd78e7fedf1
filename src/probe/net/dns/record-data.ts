import { RECORD_TYPES, typeName } from "./codes.ts";
import type { MessageReader } from "./message-reader.ts";

type Read = (reader: MessageReader, end: number) => string;

const name: Read = (reader) => reader.name();
const numbers = (reader: MessageReader, count: number): string =>
  Array.from({ length: count }, () => reader.uint16()).join(" ");
const texts: Read = (reader, end) => {
  const all: string[] = [];
  while (reader.at < end) all.push(reader.text());
  return all.join(" ");
};

/** The functions that read the data of each record type, by type number. */
const READERS: ReadonlyMap<number, Read> = new Map<number, Read>([
  [RECORD_TYPES.A, (reader) => [...reader.bytes(4)].join(".")],
  [RECORD_TYPES.AAAA, (reader) => ipv6Text(reader.bytes(16))],
  ...([RECORD_TYPES.NS, RECORD_TYPES.CNAME, RECORD_TYPES.PTR] as const).map(
    (type): [number, Read] => [type, name],
  ),
  [RECORD_TYPES.TXT, texts],
  [RECORD_TYPES.SPF, texts],
  [RECORD_TYPES.HINFO, texts],
  [RECORD_TYPES.MX, (reader) => `${reader.uint16()} ${reader.name()}`],
  [RECORD_TYPES.SRV, (reader) => `${numbers(reader, 3)} ${reader.name()}`],
  [
    RECORD_TYPES.SOA,
    (reader) => {
      const names = `${reader.name()} ${reader.name()}`;
      return `${names} ${Array.from({ length: 5 }, () => reader.uint32()).join(" ")}`;
    },
  ],
  [
    RECORD_TYPES.CAA,
    (reader, end) => {
      const flags = reader.uint8();
      const tag = reader.bytes(reader.uint8()).toString("latin1");
      return `${flags} ${tag} "${reader.bytes(end - reader.at).toString("latin1")}"`;
    },
  ],
]);

/** The data of a record as in zone files; in hex for types that we do not know (RFC 3597). */
export function recordData(reader: MessageReader, type: number, length: number): string {
  const from = reader.at;
  reader.skip(length);
  const end = reader.at;
  reader.at = from;
  const read = READERS.get(type);
  const data = read?.(reader, end);
  if (data !== undefined && reader.at === end) return data;
  reader.at = from;
  const bytes = reader.bytes(length).toString("hex");
  return data === undefined
    ? `\\# ${length} ${bytes}`
    : `\\# ${length} ${bytes} ; no ${typeName(type)}`;
}

/** The usual form, with the first of its longest runs of zeros left out (RFC 5952). */
export function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  let from = 0;
  let longest = 1;
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > longest) {
      from = start;
      longest = end - start;
    }
  }
  if (longest === 1) return groups.join(":");
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + longest).join(":")}`;
}
