import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Resolver } from "node:dns/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  createProbes,
  dnsTargets,
  fileTargets,
  httpTargets,
  type NameResolver,
  type Probes,
  type TargetsInput,
} from "../../../src/probe/index.ts";
import { fakeProbe, setup } from "../harness.ts";
import { collector } from "../stats/harness.ts";

/** A probe on the real clock with these targets, which runs nothing by itself. */
function probing(targets: TargetsInput): { probes: Probes; names(): string[]; failures(): number } {
  const probes = createProbes();
  const idle = { intervalMs: 3_600_000, schedule: { disable: [{}] } };
  probes.add({ name: "p", probe: fakeProbe(), targets, ...idle });
  onTestFinished(() => void probes.remove("p"));
  const { rows } = collector(probes.registry);
  return {
    probes,
    names: () => probes.results().map(({ target }) => target.name),
    failures: () =>
      rows("health.probe.targets.refresh.failures").reduce((sum, { value }) => sum + value, 0),
  };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "taskmon-targets-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

it("reads file_sd files, and sees when they change", async () => {
  const path = await folder();
  const [json, yaml] = [join(path, "a.json"), join(path, "b.yml")];
  await writeFile(json, '[{ "targets": ["a:1", "b:2"], "labels": { "env": "prod" } }]');
  await writeFile(yaml, "- targets: ['c:3']\n  labels:\n    env: test\n- targets: []\n");
  const { probes, names, failures } = probing(fileTargets({ files: [json, yaml] }));
  await expect.poll(names).toEqual(["a:1", "b:2", "c:3"]);
  expect(probes.results().map(({ target }) => target.labels["env"])).toEqual([
    ...["prod", "prod", "test"],
  ]);

  // As a whole, as one should.
  await writeFile(join(path, "new"), '[{ "targets": ["d:4"] }]');
  await rename(join(path, "new"), json);
  await expect.poll(names, { timeout: 10_000 }).toEqual(["d:4", "c:3"]);

  await writeFile(yaml, "- targets: 5\n");
  await expect.poll(failures, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(names()).toEqual(["d:4", "c:3"]);
  await writeFile(yaml, "[]");
  await expect.poll(names, { timeout: 10_000 }).toEqual(["d:4"]);
});

it("refuses more targets in a file than it may have, by a clear error, and keeps those it had", async () => {
  const path = join(await folder(), "a.json");
  await writeFile(path, '[{ "targets": ["a:1", "b:2", "c:3"] }]');
  const source = fileTargets({ files: [path], maxTargets: 2 });
  const signal = new AbortController().signal;
  await expect(source.list({ signal })).rejects.toThrow("There are more than 2 targets");
});

/** An http_sd endpoint that answers as a test says. */
async function endpoint() {
  const state = {
    status: 200,
    type: "application/json",
    body: "[]",
    headers: {} as IncomingHttpHeaders,
  };
  const server = createServer((request, response) => {
    state.headers = request.headers;
    response.writeHead(state.status, { "content-type": state.type }).end(state.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/targets`;
  return { state, url };
}

it("asks an http_sd endpoint, and keeps the last list on every kind of error", async () => {
  const { state, url } = await endpoint();
  state.body = '[{ "targets": ["a:1"], "labels": { "env": "prod" } }]';
  const headers = { authorization: "Bearer token" };
  const { probes, names, failures } = probing(httpTargets({ url, headers, refreshMs: 60_000 }));
  await expect.poll(names).toEqual(["a:1"]);
  expect(state.headers).toMatchObject({
    ...{ accept: "application/json", authorization: "Bearer token" },
    "x-prometheus-refresh-interval-seconds": "60",
  });
  const answers = [
    { status: 500 },
    { status: 200, type: "text/html" },
    { type: "application/json", body: "{" },
    { body: '{ "targets": [] }' },
    { body: '[{ "targets": ["not a target"] }]' },
    { body: '[{ "targets": ["a:1"], "labels": { "n": 5 } }]' },
  ];
  for (const [index, answer] of answers.entries()) {
    Object.assign(state, answer);
    await probes.refreshTargets("p");
    expect([index, names(), failures()]).toEqual([index, ["a:1"], index + 1]);
  }
  state.body = '[{ "targets": ["b:2"] }]';
  await probes.refreshTargets("p");
  expect(names()).toEqual(["b:2"]);
  state.body = "[]";
  await probes.refreshTargets("p");
  expect(names()).toEqual([]);
});

/** The answers of a name server: RFC 1035, as far as this test goes. */
async function nameServer(records: Record<string, string[]>): Promise<NameResolver> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { address, port }) => {
    const end = query.indexOf(0, 12) + 1;
    const labels: string[] = [];
    for (let at = 12; query[at]! > 0; at += query[at]! + 1) {
      labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
    }
    const type = query.readUInt16BE(end);
    const found = records[`${labels.join(".")} ${type}`];
    const answers = (found ?? []).map((data) => {
      const bytes = Buffer.from(data, "hex");
      const head = Buffer.from("c00c0000000100000001", "hex");
      head.writeUInt16BE(type, 2);
      const size = Buffer.alloc(2);
      size.writeUInt16BE(bytes.length);
      return Buffer.concat([head, size, bytes]);
    });
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(found === undefined ? 0x8182 : 0x8180, 2);
    header.writeUInt16BE(answers.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers]), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return resolver;
}

it("makes a target of each record that a DNS name has", async () => {
  const resolver = await nameServer({
    "web.example 1": ["0a000001", "0a000002"],
    "web.example 28": ["20010db8000000000000000000000001"],
    // Priority, weight, port 8080, and the name host.example.
    "_http._tcp.web.example 33": ["000100011f9004686f7374076578616d706c6500"],
    "none.example 1": [],
  });
  const signal = new AbortController().signal;
  const list = async (options: object) => {
    const { targets } = await dnsTargets({ resolver, ...options } as never).list({ signal });
    return targets;
  };
  expect(await list({ names: ["web.example"], type: "A", port: 80 })).toEqual([
    { name: "10.0.0.1:80", host: "web.example", port: 80, address: "10.0.0.1" },
    { name: "10.0.0.2:80", host: "web.example", port: 80, address: "10.0.0.2" },
  ]);
  expect(await list({ names: ["web.example"], type: "AAAA", port: 80 })).toEqual([
    { name: "[2001:db8::1]:80", host: "web.example", port: 80, address: "2001:db8::1" },
  ]);
  expect(await list({ names: ["_http._tcp.web.example"] })).toEqual([
    { host: "host.example", port: 8080 },
  ]);
  expect(await list({ names: ["none.example"], type: "A", port: 80 })).toEqual([]);
  // SERVFAIL is no empty list.
  await expect(list({ names: ["broken.example"], type: "A", port: 80 })).rejects.toThrow(
    "broken.example cannot be resolved",
  );
  await expect(
    list({ names: ["web.example"], type: "A", port: 80, maxTargets: 1 }),
  ).rejects.toThrow("There are more than 1 targets");
});

it("asks a function again and again, counts when it fails, and says for how long to wait", async () => {
  const context = setup();
  const { add, clock, states, rows, probes } = context;
  let calls = 0;
  let answer: () => string[] = () => ["a"];
  const targets = async (): Promise<string[]> => {
    calls++;
    return answer();
  };
  add({ targets, targetsRefreshMs: 5_000 });
  await clock.advance(0);
  expect([calls, Object.keys(states())]).toEqual([1, ["a"]]);
  answer = () => {
    throw new Error("discovery is down");
  };
  await clock.advance(10_000);
  expect([calls, Object.keys(states())]).toEqual([3, ["a"]]);
  expect(rows("health.probe.targets.refresh.failures")).toMatchObject([
    { value: 2, attributes: { "health.probe.name": "p", "health.probe.source": "function" } },
  ]);
  answer = () => ["a", "b"];
  await clock.advance(5_000);
  expect(Object.keys(states())).toEqual(["a", "b"]);
  expect(rows("health.probe.targets")).toMatchObject([{ value: 2 }]);
  probes.remove("p");
  await clock.advance(60_000);
  expect(calls).toBe(4);
});

it("waits as long as the source's answer says", async () => {
  const { add, clock } = setup();
  let calls = 0;
  add({
    targets: {
      ...{ kind: "own", refreshMs: 1_000 },
      list: async () => ({ targets: [`t${++calls}`], refreshMs: 30_000 }),
    },
  });
  await clock.advance(29_000);
  expect(calls).toBe(1);
  await clock.advance(1_000);
  expect(calls).toBe(2);
});

it.each<[string, () => unknown]>([
  ["no files", () => fileTargets({ files: [] })],
  ["a file of another kind", () => fileTargets({ files: ["a.txt"] })],
  ["a URL that is none", () => httpTargets({ url: "example.org" })],
  ["a URL of another kind", () => httpTargets({ url: "ftp://example.org" })],
  ["no names", () => dnsTargets({ names: [] })],
  ["a record without its port", () => dnsTargets({ names: ["a"], type: "A" })],
  ["a type that is none", () => dnsTargets({ names: ["a"], type: "MX" as never })],
  ["a source without a refresh", () => probing({ kind: "own", list: fail } as never)],
])("refuses %s", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }));
});

function fail(): never {
  throw new Error("never called");
}
