import type { Answer } from "dns-packet";
import { addresses, FLAGS, type NameAnswer, type Naming } from "../../setup/name-server.ts";
import { openTcpNameServer, openUdpNameServer } from "../../setup/name-server.ts";
import type { Certificate } from "../../setup/certificates.ts";

const soa = {
  mname: "ns.test",
  rname: "me.test",
  serial: 2_026,
  refresh: 1,
  retry: 2,
  expire: 3,
  minimum: 4,
};
const name = "here.test";

const RECORDS: Readonly<Record<string, NameAnswer>> = {
  A: { answers: addresses(name, "192.0.2.1", "192.0.2.2") },
  MX: { answers: [{ type: "MX", name, ttl: 60, data: { preference: 1, exchange: "mx.test" } }] },
  SOA: {
    answers: [{ type: "SOA", name, ttl: 60, data: soa }],
    additionals: addresses("ns.test", "192.0.2.53"),
  },
  TXT: { answers: [{ type: "TXT", name, ttl: 60, data: ["one", "two"] } satisfies Answer] },
};

const naming: Naming = (question) => {
  if (question.name === "gone.test") {
    return {
      flags: FLAGS.NXDOMAIN,
      authorities: [{ type: "SOA", name: "test", ttl: 60, data: soa }],
    };
  }
  if (question.name === "broken.test") return { flags: FLAGS.SERVFAIL };
  return RECORDS[question.type] ?? { answers: [] };
};

/** The name servers that both are asked about. */
export async function startNameServers(certificate: Certificate): Promise<{
  readonly ports: { readonly dns: number; readonly dnsTcp: number; readonly dnsTls: number };
  close(): void;
}> {
  const udp = await openUdpNameServer(naming);
  const tcp = await openTcpNameServer(naming);
  const tls = await openTcpNameServer(naming, { tls: certificate });
  return {
    ports: { dns: udp.port, dnsTcp: tcp.port, dnsTls: tls.port },
    close: () => [udp, tcp, tls].forEach((server) => void server.close()),
  };
}
