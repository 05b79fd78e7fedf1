import { type Answer, encode } from "dns-packet";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ProbeError } from "../../../src/probe/errors.ts";
import { decodeAnswer, encodeQuestion } from "../../../src/probe/net/dns/message.ts";
import { ipv6Text } from "../../../src/probe/net/dns/record-data.ts";
import { isIPv6 } from "node:net";

const common = { name: "a.test", ttl: 5 };
const soa = {
  mname: "ns.a.test",
  rname: "me.a.test",
  serial: 7,
  refresh: 1,
  retry: 2,
  expire: 3,
  minimum: 4,
};

it.each<[Answer, string, string]>([
  [{ ...common, type: "A", data: "192.0.2.7" }, "A", "192.0.2.7"],
  [{ ...common, type: "AAAA", data: "2001:db8::1" }, "AAAA", "2001:db8::1"],
  [{ ...common, type: "CNAME", data: "b.a.test" }, "CNAME", "b.a.test."],
  [
    { ...common, type: "MX", data: { preference: 10, exchange: "mx.a.test" } },
    "MX",
    "10 mx.a.test.",
  ],
  [{ ...common, type: "TXT", data: ["one", 'tw"o'] }, "TXT", '"one" "tw\\"o"'],
  [
    { ...common, type: "SRV", data: { priority: 1, weight: 2, port: 3, target: "s.a.test" } },
    "SRV",
    "1 2 3 s.a.test.",
  ],
  [{ ...common, type: "SOA", data: soa }, "SOA", "ns.a.test. me.a.test. 7 1 2 3 4"],
  [
    { ...common, type: "CAA", data: { flags: 0, tag: "issue", value: "ca.test" } },
    "CAA",
    '0 issue "ca.test"',
  ],
  [{ ...common, type: "PTR", data: "p.a.test" }, "PTR", "p.a.test."],
  [{ ...common, type: "NS", data: "ns.a.test" }, "NS", "ns.a.test."],
  [{ ...common, type: "NULL", data: Buffer.from("hi") } as never, "TYPE10", "\\# 2 6869"],
])("reads what another codec wrote: %j", (answer, type, data) => {
  const bytes = encode({ id: 3, type: "response", answers: [answer], authorities: [answer] });
  const decoded = decodeAnswer(bytes);
  expect(decoded.answers).toEqual([{ name: "a.test.", type, class: "IN", ttl: 5, data }]);
  expect(decoded.authorities).toEqual(decoded.answers);
});

it("reads any name that another codec wrote", () => {
  const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), (labels) => {
      const name = labels.join(".");
      const answers: Answer[] = [{ type: "CNAME", name, data: `x.${name}` }];
      const bytes = encode({ id: 1, type: "response", questions: [{ type: "A", name }], answers });
      expect(decodeAnswer(bytes).answers[0]).toMatchObject({
        name: `${name}.`,
        data: `x.${name}.`,
      });
    }),
  );
});

it("writes an IPv6 address as Node.js reads it, whatever its bytes", () => {
  const byte = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { minLength: 16, maxLength: 16 }), (bytes) => {
      const text = ipv6Text(Buffer.from(bytes));
      expect(isIPv6(text)).toBe(true);
      // The parser of URLs writes every address in the shortest form.
      expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
    }),
  );
});

it("answers rubbish with an error of its own, in time", () => {
  const real = encode({
    ...{ id: 1, type: "response" as const, questions: [{ type: "A", name: "a.test" }] },
    answers: [
      { type: "A", name: "a.test", data: "192.0.2.1" },
      { type: "TXT", name: "a.test", data: "x" },
    ],
  });
  const damaged = fc
    .array(fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 8 })
    .map((changes) => {
      const bytes = Buffer.from(real);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), (bytes) => {
      try {
        decodeAnswer(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProbeError);
        expect((error as ProbeError).type).toBe("protocol_error");
      }
    }),
    { numRuns: 2_000 },
  );
});

it("does not follow pointers in a circle", () => {
  const header = "00018000000100000000000000".slice(0, 24);
  const bytes = Buffer.from(`${header}c00c00010001`, "hex");
  expect(() => decodeAnswer(bytes)).toThrow(/pointer loop/);
});

it("writes the root's question", () => {
  const bytes = encodeQuestion(258, {
    name: ".",
    type: "NS",
    class: "IN",
    recursionDesired: false,
  });
  expect(bytes.toString("hex")).toBe("0102000000010000000000000000020001");
});
