import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { allowOption } from "../../../src/probe/blackbox/allow.ts";
import { addressHash } from "../../../src/probe/blackbox/common-gauges.ts";
import { gaugesText, info } from "../../../src/probe/blackbox/gauges.ts";
import { blackboxHandler, type BlackboxRun } from "../../../src/probe/blackbox/handler.ts";
import { timeoutMs } from "../../../src/probe/blackbox/timeout.ts";
import type { Target } from "../../../src/probe/contract.ts";
import { createStatsKeeper } from "../../../src/probe/stats/keeper.ts";
import { collector } from "../stats/harness.ts";
import { startPrometheus } from "../../setup/prometheus.ts";
import { listen, tcpServer } from "../probes/harness.ts";

const MODULES = {
  modules: { http_2xx: { prober: "http", timeout: "5s" }, tcp: { prober: "tcp" } },
};

async function serve(
  options: Partial<Parameters<typeof blackboxHandler>[0]> = {},
): Promise<string> {
  const handler = blackboxHandler({ modules: MODULES, ...options });
  return `http://127.0.0.1:${await listen(createServer((request, response) => handler(request, response)))}`;
}

async function target(status = 200): Promise<string> {
  return `127.0.0.1:${await listen(createServer((_request, response) => void response.writeHead(status).end("x")))}`;
}

it("serves a real Prometheus through the usual relabelling", async () => {
  const host = new URL(await serve()).host;
  const [up, down] = [await target(), await target(500)];
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      {
        job_name: "blackbox",
        metrics_path: "/probe",
        params: { module: ["http_2xx"] },
        static_configs: [{ targets: [up, down] }],
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__param_target"], target_label: "instance" },
          { target_label: "__address__", replacement: host },
        ],
      },
    ],
  };
  await using prometheus = await startPrometheus({ config });
  const values = async (): Promise<unknown> => {
    const samples = await prometheus.query("probe_success");
    return Object.fromEntries(samples.map(({ metric, value }) => [metric["instance"], value]));
  };
  await expect.poll(values, { timeout: 20_000 }).toEqual({ [up]: 1, [down]: 0 });
});

it("answers in the text format, and only what is asked", async () => {
  const base = await serve();
  const up = await target();
  const answer = await fetch(`${base}/probe?target=${up}`);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await answer.text()).toMatch(
    /^# HELP probe_dns_lookup_time_seconds .*\n# TYPE probe_dns_lookup_time_seconds gauge\n/,
  );
  expect((await fetch(`${base}/other`)).status).toBe(404);
  expect((await fetch(`${base}/probe?target=${up}`, { method: "POST" })).status).toBe(405);
});

it("says what happened where it is asked to", async () => {
  const text = await (
    await fetch(`${await serve()}/probe?debug=true&target=${await target(404)}`)
  ).text();
  expect(text).toMatch(/status: got 404, expected 2xx/);
  expect(text).toMatch(/The probe failed: status: got 404/);
  expect(text).toMatch(/Metrics that would have been returned:\n# HELP/);
});

it("tells HTTP the name that the query gives", async () => {
  const hosts: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    hosts.push(request.headers.host);
    response.end();
  });
  const port = await listen(server);
  await fetch(`${await serve()}/probe?target=127.0.0.1:${port}&hostname=shop.test`);
  expect(hosts).toEqual(["shop.test"]);
});

it("hands each run to whoever counts, and outlives one that throws", async () => {
  const runs: BlackboxRun[] = [];
  const base = await serve({
    onRun: (run) => {
      runs.push(run);
      throw new Error("no");
    },
  });
  expect((await fetch(`${base}/probe?target=${await target(500)}`)).status).toBe(200);
  expect(runs).toMatchObject([
    { module: "http_2xx", prober: "http", result: { success: false, statusCode: 500 } },
  ]);
});

it("feeds the counters of a StatsKeeper with the same runs", async () => {
  const seen = new Map<string, Target>();
  const answers: unknown[] = [];
  const keeper = createStatsKeeper({
    ...{ type: "http", name: "scrapes", targets: () => [...seen.values()] },
    validators: ["status"],
  });
  const base = await serve({
    onRun: ({ target: probed, result }) => {
      seen.set(probed.name, probed);
      answers.push(keeper.record({ ...result, target: probed }));
    },
  });
  const [up, down] = [await target(), await target(500)];
  for (const probed of [up, up, down]) await fetch(`${base}/probe?target=${probed}`);
  expect(answers).toEqual([undefined, undefined, undefined]);
  const rows = collector(keeper.registry).rows("health.probe.runs");
  expect(
    rows.map(({ attributes, value }) => [
      `127.0.0.1:${attributes["server.port"]}`,
      attributes["health.probe.outcome"],
      attributes["error.type"],
      value,
    ]),
  ).toEqual([
    [up, "pass", undefined, 2],
    [down, "fail", "validation_failed", 1],
  ]);
  keeper.close();
});

it("ends within the scrape's own time", async () => {
  const silent = await tcpServer((socket) => void socket.resume());
  const base = await serve({ timeoutOffsetS: 0.1 });
  const headers = { "x-prometheus-scrape-timeout-seconds": "0.4" };
  const url = `${base}/probe?target=127.0.0.1:${silent}`;
  const text = await (await fetch(url, { headers })).text();
  expect(text).toMatch(/^probe_success 0$/m);
  const wrong = await fetch(url, { headers: { "x-prometheus-scrape-timeout-seconds": "soon" } });
  expect(wrong.status).toBe(500);
});

it.each<[string | undefined, number | undefined, number | undefined]>([
  [undefined, undefined, 119_500],
  ["10", undefined, 9_500],
  ["10", 5_000, 5_000],
  ["10", 60_000, 9_500],
  ["0.3", undefined, 300],
  ["x", undefined, undefined],
])("takes a scrape of %s s and a module of %s ms for %s ms", (header, module, expected) => {
  expect(timeoutMs(header, module, 0.5)).toBe(expected);
});

describe("targets", () => {
  it("beyond this machine are refused, unless they are allowed", async () => {
    const base = await serve();
    expect((await fetch(`${base}/probe?module=tcp&target=192.0.2.1:80`)).status).toBe(403);
    expect(
      (await fetch(`${base}/probe?target=http://169.254.169.254/latest/meta-data`)).status,
    ).toBe(403);
    expect((await fetch(`${base}/probe?target=${await target()}`)).status).toBe(200);
  });

  it("do not lead beyond what is allowed by a redirect", async () => {
    let reached = 0;
    const inner = await listen(
      createServer((_request, response) => {
        reached++;
        response.end();
      }),
    );
    const port = await listen(
      createServer((_request, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${inner}/` }).end();
      }),
    );
    const base = await serve({ allow: [`127.0.0.1:${port}`] });
    expect(await (await fetch(`${base}/probe?target=127.0.0.1:${port}`)).text()).toMatch(
      /^probe_success 0$/m,
    );
    expect(reached).toBe(0);
  });

  it.each<[string, string, number, boolean]>([
    ["example.org", "EXAMPLE.org.", 80, true],
    ["example.org", "a.example.org", 80, false],
    ["*.example.org", "a.b.example.org", 80, true],
    ["*.example.org", "example.org", 80, false],
    ["*.example.org", "badexample.org", 80, false],
    ["example.org:443", "example.org", 443, true],
    ["example.org:443", "example.org", 80, false],
    ["10.0.0.0/8", "10.255.0.1", 80, true],
    ["10.0.0.0/8", "11.0.0.1", 80, false],
    ["10.0.0.0/8", "10.0.0.1.example.org", 80, false],
    ["[2001:db8::]:53", "2001:db8::", 53, true],
    ["[2001:db8::/32]:53", "2001:db8:1::7", 53, true],
    ["2001:db8::/32", "2001:db9::1", 53, false],
  ])("%j allows %s port %i: %s", (pattern, host, port, allowed) => {
    expect(allowOption([pattern])(host, port)).toBe(allowed);
  });

  it("are refused as patterns where they are none", () => {
    for (const pattern of ["a b", "10.0.0.0/40", "*", "http://x", "", "a.*.b", 5]) {
      expect(() => allowOption([pattern as string])).toThrow(/allow\[0\]/);
    }
    expect(() => allowOption("x" as never)).toThrow(/allow/);
  });
});

it("refuses at construction what it cannot serve", () => {
  expect(() => blackboxHandler({} as never)).toThrow(/modules/);
  expect(() => blackboxHandler({ modules: MODULES, path: "probe" })).toThrow(/path/);
  expect(() => blackboxHandler({ modules: MODULES, onRun: 5 as never })).toThrow(/onRun/);
});

it("hashes addresses as the exporter does", () => {
  expect(addressHash("127.0.0.1")).toBe(3_668_918_509);
  expect(addressHash("::1")).toBe(addressHash("0:0:0:0:0:0:0:1"));
  expect(addressHash("2001:db8::1%eth0")).toBe(addressHash("2001:db8:0:0::1"));
});

it("escapes what labels hold", () => {
  expect(gaugesText([info("x", "a\nb\\", { y: 'q"\\\n' })])).toBe(
    '# HELP x a\\nb\\\\\n# TYPE x gauge\nx{y="q\\"\\\\\\n"} 1\n',
  );
});
