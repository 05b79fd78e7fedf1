/** Types of records by name (IANA, DNS parameters). */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
  CAA: 257,
} as const;

/** The name of a type of record. */
export type RecordType = keyof typeof RECORD_TYPES;

/** Classes by name. */
export const CLASSES = { IN: 1, CH: 3, HS: 4, ANY: 255 } as const;

/** The name of a class. */
export type RecordClass = keyof typeof CLASSES;

/** Response codes by number (RFC 1035, 2136, 6895). */
export const RCODES: readonly string[] = [
  ...(["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const),
  ...(["YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"] as const),
];

const TYPE_NAMES = new Map<number, string>(
  Object.entries(RECORD_TYPES).map(([name, code]) => [code, name]),
);
const CLASS_NAMES = new Map<number, string>(
  Object.entries(CLASSES).map(([name, code]) => [code, name]),
);

/** `A`, or `TYPE65280` for an unknown type (RFC 3597). */
export function typeName(code: number): string {
  return TYPE_NAMES.get(code) ?? `TYPE${code}`;
}

/** `IN`, or `CLASS5`. */
export function className(code: number): string {
  return CLASS_NAMES.get(code) ?? `CLASS${code}`;
}

/** `NOERROR`, or `RCODE15`. */
export function rcodeName(code: number): string {
  return RCODES[code] ?? `RCODE${code}`;
}
