/** Fields about one connection, which a proxy must not forward (RFC 9110, section 7.6.1, and older RFCs). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"],
  ...["proxy-authenticate", "proxy-authorization", "proxy-authentication-info"],
  "http2-settings",
]);

/** Fields that are forwarded even if `Connection` names them: without them the message would be misread. */
const NEVER_NAMED: ReadonlySet<string> = new Set(["content-length", "host", "trailer"]);

/** Fields that are useless or harmful as trailers (RFC 9110, section 6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...["content-length", "content-encoding", "content-type", "content-range", "trailer", "host"],
  ...["authorization", "cookie", "set-cookie", "expect", "max-forwards", "range", "via", "te"],
  ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
]);

/**
 * A function that tells whether a field, by its name in lower case, must not be forwarded.
 * @param raw the headers of the message: names and values in turn, as in Node.js
 */
export function hopByHop(raw: readonly string[]): (name: string) => boolean {
  let named: Set<string> | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (name.length !== "connection".length || name.toLowerCase() !== "connection") continue;
    const value = raw[at + 1]!.toLowerCase();
    if (value === "keep-alive" || value === "close") continue;
    named ??= new Set();
    for (const option of value.split(",")) named.add(option.trim());
  }
  if (named === undefined) return isHopByHop;
  const others = named;
  return (name) => HOP_BY_HOP.has(name) || (others.has(name) && !NEVER_NAMED.has(name));
}

/** The trailer fields that are forwarded, as pairs. */
export function trailersOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const key = name.toLowerCase();
    if (!HOP_BY_HOP.has(key) && !NOT_IN_TRAILERS.has(key)) pairs.push([name, raw[at + 1]!]);
  }
  return pairs;
}

/** An object of header fields, as HTTP/2 takes them. Repeated fields become arrays. */
export function asRecord(
  list: Iterable<readonly [name: string, value: string]>,
): Record<string, string | string[]> {
  // Without a prototype: a client or service may send a field named `__proto__`.
  const record = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of list) {
    const key = name.toLowerCase();
    const before = record[key];
    if (before === undefined) record[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else record[key] = [before, value];
  }
  return record;
}

/** Names and values in turn, as pairs. */
export function* pairsOf(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at < raw.length; at += 2) yield [raw[at]!, raw[at + 1]!];
}

function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}
