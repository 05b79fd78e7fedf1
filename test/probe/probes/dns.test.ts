import { beforeAll, describe, expect, it } from "vitest";
import type { Packet } from "dns-packet";
import { dnsProbe } from "../../../src/probe/probes/dns.ts";
import { bodyValidator } from "../../../src/probe/validators/body.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { addresses, FLAGS, tcpNameServer, udpNameServer } from "../../setup/name-server.ts";
import { freePort } from "../../setup/servers.ts";
import { ask, hostPort, LOOPBACKS, patience, tcpServer, verdict } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const here = (): Packet => ({ answers: addresses("here.test", "192.0.2.1", "192.0.2.2") });

describe.each(LOOPBACKS)("over %s", (host) => {
  it.each(["udp", "tcp", "tls"] as const)(
    "asks over %s, and reads the answer",
    async (transport) => {
      const tls = { ca: certificates.ca.cert };
      const port =
        transport === "udp"
          ? await udpNameServer(here, host)
          : await tcpNameServer(here, {
              host,
              ...(transport === "tls" && { tls: certificates.good }),
            });
      const result = await ask(
        dnsProbe({ name: "here.test", transport, tls }),
        hostPort(host, port),
      );
      expect(verdict(result)).toBe("pass");
      expect(result.details?.answer).toMatchObject({
        ...{ rcode: "NOERROR", authoritative: false, truncated: false },
        answers: [
          { name: "here.test.", type: "A", class: "IN", ttl: 60, data: "192.0.2.1" },
          { name: "here.test.", type: "A", class: "IN", ttl: 60, data: "192.0.2.2" },
        ],
      });
      expect(result.details?.address).toBe(host);
      expect(result.certificate !== undefined).toBe(transport === "tls");
    },
  );

  it("hears at once that no server is there", async () => {
    const target = hostPort(host, await freePort());
    for (const transport of ["udp", "tcp"] as const) {
      const result = await ask(dnsProbe({ name: "here.test", transport }), target);
      expect(verdict(result)).toBe("ECONNREFUSED");
    }
  });
});

it("sends the question as it was asked", async () => {
  const seen: unknown[] = [];
  const port = await udpNameServer((question, packet) => {
    seen.push({ ...question, recursion: (packet.flags! & 0x100) !== 0 });
    return here();
  });
  const target = hostPort("127.0.0.1", port);
  await ask(dnsProbe({ name: "here.test." }), target);
  await ask(
    dnsProbe({ name: "x.here.test", type: "MX", class: "CH", recursionDesired: false }),
    target,
  );
  expect(seen).toEqual([
    { name: "here.test", type: "A", class: "IN", recursion: true },
    { name: "x.here.test", type: "MX", class: "CH", recursion: false },
  ]);
});

describe("what does not pass", () => {
  const cases: readonly [name: string, answer: () => Packet | Buffer | undefined, type: string][] =
    [
      ["no answer", () => undefined, "timeout"],
      ["SERVFAIL", () => ({ flags: FLAGS.SERVFAIL }), "unexpected_answer"],
      ["NXDOMAIN", () => ({ flags: FLAGS.NXDOMAIN }), "unexpected_answer"],
      ["an answer that did not fit", () => ({ flags: FLAGS.TC, ...here() }), "unexpected_answer"],
      ["no record", () => ({ answers: [] }), "unexpected_answer"],
      ["half an answer", () => Buffer.from("000080000001000100000000046865", "hex"), "timeout"],
    ];
  it.each(cases)("%s", async (_name, answer, type) => {
    const port = await udpNameServer(answer);
    const result = await ask(
      dnsProbe({ name: "here.test" }),
      hostPort("127.0.0.1", port),
      patience(type),
    );
    expect(verdict(result)).toBe(type);
  });

  it("an answer that is cut off, a question that comes back, or the wrong number", async () => {
    const cut = (change: (bytes: Buffer) => Buffer) =>
      tcpNameServer((_question, packet) => {
        const bytes = Buffer.alloc(12);
        bytes.writeUInt16BE(packet.id!, 0);
        bytes.writeUInt16BE(0x8000, 2);
        return change(bytes);
      });
    const probe = dnsProbe({ name: "here.test", transport: "tcp", minAnswers: 0 });
    const verdictOf = async (change: (bytes: Buffer) => Buffer): Promise<string> =>
      verdict(await ask(probe, hostPort("127.0.0.1", await cut(change))));
    expect(await verdictOf((bytes) => bytes)).toBe("pass");
    expect(await verdictOf((bytes) => bytes.subarray(0, 7))).toBe("protocol_error");
    expect(await verdictOf((bytes) => (bytes.writeUInt16BE(0, 2), bytes))).toBe("protocol_error");
    expect(await verdictOf((bytes) => (bytes.writeUInt16BE(1, 6), bytes))).toBe("protocol_error");
    const other = await verdictOf(
      (bytes) => (bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0), bytes),
    );
    expect(other).toBe("protocol_error");
  });

  it("a server over TCP that hangs up, or sends half a length", async () => {
    const probe = dnsProbe({ name: "here.test", transport: "tcp" });
    const closing = await tcpServer((socket) => void socket.end());
    expect(verdict(await ask(probe, hostPort("127.0.0.1", closing)))).toBe("connection_closed");
    const half = await tcpServer((socket) => void socket.end(Buffer.from([0])));
    expect(verdict(await ask(probe, hostPort("127.0.0.1", half)))).toBe("connection_closed");
  });

  it("a server that does not speak for the zone, where that is asked for", async () => {
    const port = await udpNameServer(({ name }) => ({
      ...here(),
      flags: name === "own.test" ? FLAGS.AA : 0,
    }));
    const target = hostPort("127.0.0.1", port);
    expect(verdict(await ask(dnsProbe({ name: "own.test", authoritative: true }), target))).toBe(
      "pass",
    );
    const result = await ask(dnsProbe({ name: "here.test", authoritative: true }), target);
    expect(result.error?.message).toBe("It is not authoritative for the zone");
  });

  it("records that validators refuse", async () => {
    const port = await udpNameServer(here);
    const validators = [bodyValidator({ matches: /^here\.test\.\t60\tIN\tA\t192\.0\.2\.9$/m })];
    const result = await ask(
      dnsProbe({ name: "here.test", validators }),
      hostPort("127.0.0.1", port),
    );
    expect(verdict(result)).toBe("validation_failed");
  });
});

it("passes the codes that are asked for", async () => {
  const port = await udpNameServer(() => ({ flags: FLAGS.NXDOMAIN }));
  const probe = dnsProbe({ name: "gone.test", rcodes: ["NXDOMAIN"] });
  expect(verdict(await ask(probe, hostPort("127.0.0.1", port)))).toBe("pass");
});

it("ignores packets that answer somebody else", async () => {
  const port = await udpNameServer(() => {
    return { id: 0, ...here() };
  });
  const results = await Promise.all([
    ask(dnsProbe({ name: "here.test" }), hostPort("127.0.0.1", port), 200),
    ask(dnsProbe({ name: "here.test" }), hostPort("127.0.0.1", port), 200),
  ]);
  // The number is drawn by lot from 65,536: two runs do not both draw 0.
  expect(results.map(verdict)).toContain("timeout");
});

it("refuses at construction what it cannot ask", () => {
  expect(() => dnsProbe({} as never)).toThrow(/name/);
  expect(() => dnsProbe({ name: "a..b" })).toThrow(/a domain name/);
  expect(() => dnsProbe({ name: `${"x".repeat(64)}.test` })).toThrow(/a domain name/);
  expect(() => dnsProbe({ name: "x", type: "NOPE" as never })).toThrow(/type/);
  expect(() => dnsProbe({ name: "x", rcodes: ["NOPE"] })).toThrow(/rcodes/);
  expect(() =>
    dnsProbe({ name: "x" }).accepts!({ name: "y", host: "y", labels: {} }),
  ).not.toThrow();
});
