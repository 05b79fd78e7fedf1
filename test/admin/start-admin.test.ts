import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { startAdmin, type StartAdminOptions } from "../../src/admin/index.ts";
import { placeOf } from "../../src/shared/places.ts";
import { type Certificate, makeCertificates } from "../setup/certificates.ts";
import { sceneTaskmon } from "./scene.ts";

async function started(
  options: Partial<StartAdminOptions> = {},
): Promise<Awaited<ReturnType<typeof startAdmin>>> {
  const admin = await startAdmin({ taskmon: sceneTaskmon(), ...options });
  onTestFinished(() => admin.stop());
  return admin;
}

interface Answered {
  readonly status: number;
  readonly serial: string;
}

/** Asks over TLS with this certificate. Rejects where TLS refuses. */
function ask(
  url: string,
  ca: string,
  client?: Pick<Certificate, "cert" | "key">,
  method = "GET",
): Promise<Answered> {
  const agent = new Agent({ ca, ...client, keepAlive: false });
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const headers = { "content-type": "application/json" };
  const call = request(url, { agent, method, headers }, (response) => {
    const { serialNumber } = (
      response.socket as never as { getPeerCertificate(): { serialNumber: string } }
    ).getPeerCertificate();
    response.resume();
    response.once("end", () => resolve({ status: response.statusCode!, serial: serialNumber }));
  });
  call.once("error", reject);
  call.end(method === "GET" ? undefined : '{"why":"a test"}');
  return promise;
}

it("gives roles by the names in client certificates, and refuses those that TLS does not trust", async () => {
  const { ca, good, expired, otherName, selfSigned } = makeCertificates();
  const strangers = makeCertificates();
  const taskmon = sceneTaskmon();
  taskmon.health.register("db", () => undefined, { intervalMs: 3_600_000 });
  const { url } = await started({
    taskmon,
    anyone: "nobody",
    certificates: [{ san: "DNS:localhost", role: "operator" }],
    tls: { key: good.key, cert: good.cert, clientCa: ca.cert },
  });
  await expect(ask(`${url}api/v1/overview`, ca.cert)).rejects.toThrow(Error);
  await expect(ask(`${url}api/v1/overview`, ca.cert, strangers.good)).rejects.toThrow(Error);
  await expect(ask(`${url}api/v1/overview`, ca.cert, selfSigned)).rejects.toThrow(Error);
  await expect(ask(`${url}api/v1/overview`, ca.cert, expired)).rejects.toThrow(Error);
  expect(await ask(`${url}api/v1/overview`, ca.cert, otherName)).toMatchObject({ status: 401 });
  expect(await ask(`${url}api/v1/health/db/pause`, ca.cert, otherName, "POST")).toMatchObject({
    status: 401,
  });
  expect(await ask(`${url}api/v1/overview`, ca.cert, good)).toMatchObject({ status: 200 });
  expect(await ask(`${url}api/v1/health/db/pause`, ca.cert, good, "POST")).toMatchObject({
    status: 200,
  });
  expect(taskmon.health.paused()).toEqual(["db"]);
  expect(await ask(`${url}api/v1/kill`, ca.cert, good, "POST")).toMatchObject({ status: 403 });
});

it("takes renewed certificates for new connections, and keeps the old ones where the new are bad", async () => {
  const { ca, good, otherName } = makeCertificates();
  let current: { key: string; cert: string } = otherName;
  const { url } = await started({
    tls: () => ({ key: current.key, cert: current.cert }),
    tlsRefreshMs: 0,
    hostNames: "any",
  });
  const agentless = async (): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const call = request(
      url,
      { rejectUnauthorized: false, agent: false, ca: ca.cert },
      (response) => {
        resolve(
          (
            response.socket as never as { getPeerCertificate(): { serialNumber: string } }
          ).getPeerCertificate().serialNumber,
        );
        response.destroy();
      },
    );
    call.once("error", reject);
    call.end();
    return promise;
  };
  const first = await agentless();
  current = { key: "broken", cert: "broken" };
  expect(await agentless()).toBe(first);
  current = good;
  expect(await agentless()).not.toBe(first);
});

it("listens on loopback unless it is told otherwise, and refuses too many connections", async () => {
  const { url, port } = await started({ maxConnections: 2 });
  expect(url).toBe(`http://127.0.0.1:${port}/`);
  const open = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all(open.map((socket) => once(socket, "connect")));
  await expect(fetch(url)).rejects.toThrow(Error);
  for (const socket of open) socket.destroy();
  await expect.poll(async () => (await fetch(url).catch(() => undefined))?.status).toBe(200);
});

it("says where the page is, until it is stopped", async () => {
  const admin = await started();
  expect(placeOf("page")).toBe(admin.url);
  await admin.stop();
  expect(placeOf("page")).toBeUndefined();
});

it("does not answer to a name that somebody else gives it", async () => {
  const { port } = await started({ hostNames: ["admin.example"] });
  const statusFor = async (host: string): Promise<number | undefined> => {
    const call = httpRequest({ port, host: "127.0.0.1", headers: { host } }).end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "admin.example"]) {
    expect([host, await statusFor(host)]).toEqual([host, 200]);
  }
  for (const host of ["evil.example", `localhost.evil.example:${port}`]) {
    expect([host, await statusFor(host)]).toEqual([host, 421]);
  }
});

it("reads the names of a certificate without taking one name for two", async () => {
  const { subjectNames } = await import("../../src/admin/subject-names.ts");
  expect(subjectNames("DNS:a.example, URI:spiffe://b/c, IP Address:127.0.0.1")).toEqual([
    ...["DNS:a.example", "URI:spiffe://b/c", "IP Address:127.0.0.1"],
  ]);
  expect(subjectNames('DNS:"a.example, DNS:ops.example"')).toEqual([
    "DNS:a.example, DNS:ops.example",
  ]);
  expect(subjectNames('DNS:ok.example, URI:"broken')).toEqual([]);
  expect(subjectNames(undefined)).toEqual([]);
});

it.each<[string, object]>([
  ["admin.port", { port: -1 }],
  ["admin.host", { host: "" }],
  ["admin.maxConnections", { maxConnections: 0 }],
  ["admin.tlsRefreshMs", { tlsRefreshMs: -1 }],
  ["admin.adminUrl", { adminUrl: "ftp://x" }],
  ["admin.hostNames", { hostNames: "all" }],
  ["admin.prot", { prot: 1 }],
])("names the option %s by its path", async (option, wrong) => {
  await expect(started(wrong)).rejects.toThrow(option);
});
