import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { BlackboxConfigError } from "../../../src/probe/blackbox/config-error.ts";
import { goPattern } from "../../../src/probe/blackbox/go-pattern.ts";
import { readModules } from "../../../src/probe/blackbox/modules.ts";
import { durationMs, sizeBytes } from "../../../src/probe/blackbox/quantities.ts";

function problems(given: string | object): readonly string[] {
  try {
    readModules(given);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(BlackboxConfigError);
    return (error as BlackboxConfigError).problems;
  }
}

it("reads the exporter's own example", () => {
  const modules = readModules({
    modules: {
      http_2xx: { prober: "http", http: { preferred_ip_protocol: "ip4" } },
      http_post_2xx: { prober: "http", http: { method: "POST" } },
      tcp_connect: { prober: "tcp" },
      pop3s_banner: {
        prober: "tcp",
        tcp: {
          query_response: [{ expect: "^+OK".replace("+", "\\+") }],
          tls: true,
          tls_config: { insecure_skip_verify: false },
        },
      },
      irc_banner: {
        prober: "tcp",
        tcp: {
          query_response: [{ send: "NICK prober" }, { expect: "PING :([^ ]+)", send: "PONG ${1}" }],
        },
      },
      grpc: { prober: "grpc", grpc: { tls: true, preferred_ip_protocol: "ip4" } },
      icmp: { prober: "icmp", timeout: "5s" },
      dns: { prober: "dns", dns: { query_name: "www.prometheus.io", query_type: "A" } },
    },
  });
  expect([...modules.keys()]).toHaveLength(8);
  expect(modules.get("icmp")!.timeoutMs).toBe(5_000);
});

it("says all that is wrong with a file, each with its place", () => {
  const file = join(mkdtempSync(join(inject("testRun").folder, "blackbox-")), "blackbox.yml");
  writeFileSync(
    file,
    `modules:
  web:
    prober: http
    timeot: 5s
    http:
      method: 5
      oauth2: {client_id: x}
      tls_config: {ca_file: /no/such/file}
      fail_if_header_matches: [{regexp: x}]
  ping:
    prober: icmp
    icmp: {ttl: 5}
  odd: {prober: browser}
global: {}
`,
  );
  const at = (place: string, rest: string): string => `${file}:${place}: ${rest}`;
  expect(problems(file)).toEqual([
    at("14:1", "global: is not known"),
    expect.stringMatching(/:8:20: modules\.web\.http\.tls_config\.ca_file: cannot be read: ENOENT/),
    at("6:7", "modules.web.http.method: must be a text, got 5"),
    expect.stringMatching(/fail_if_header_matches\.0\.header: must be set/),
    at("7:7", "modules.web.http.oauth2: is not supported: put a token into bearer_token_file"),
    at("4:5", "modules.web.timeot: is not known"),
    at(
      "12:12",
      "modules.ping.icmp.ttl: is not supported: icmp goes through the system's ping command",
    ),
    at("13:9", 'modules.odd.prober: must be one of http, tcp, dns, icmp, grpc, got "browser"'),
  ]);
});

it.each<[object | string, RegExp]>([
  [{ modules: {} }, /must have at least one module/],
  [
    { modules: { a: { prober: "dns", dns: {} } } },
    /modules\.a\.dns\.query_name: must be a domain name/,
  ],
  [
    { modules: { a: { prober: "dns", dns: { query_name: "x", dns_over_tls: true } } } },
    /needs transport_protocol tcp/,
  ],
  [
    { modules: { a: { prober: "dns", dns: { query_name: "x", valid_rcodes: ["NOPE"] } } } },
    /valid_rcodes/,
  ],
  [
    {
      modules: {
        a: { prober: "http", http: { bearer_token: "x", basic_auth: { username: "y" } } },
      },
    },
    /only one of/,
  ],
  [
    { modules: { a: { prober: "http", http: { fail_if_body_matches_regexp: ["\\pN"] } } } },
    /regular expressions that JavaScript has too/,
  ],
  [
    { modules: { a: { prober: "http", tcp: {} } } },
    /modules\.a\.tcp: is not supported: this is a module of http/,
  ],
  [{ modules: { a: { prober: "http", timeout: "5" } } }, /timeout: must be a duration such as 5s/],
  ["/no/such/file.yml", /cannot be read: ENOENT/],
])("refuses %j", (given, problem) => {
  expect(problems(given).join("\n")).toMatch(problem);
});

it("reads durations and sizes", () => {
  expect(["5s", "1m30s", "100ms", "1d", "5", "s", 5, ""].map(durationMs)).toEqual([
    ...[5_000, 90_000, 100, 86_400_000, undefined, undefined, undefined, undefined],
  ]);
  expect([7, "10MB", "1KiB", "1.5KB", "3B", "x", -1].map(sizeBytes)).toEqual([
    ...[7, 10_000_000, 1_024, 1_500, 3, undefined, undefined],
  ]);
});

describe("a pattern of Go", () => {
  it.each<[string, RegExp | undefined]>([
    ["(?i)hello", /hello/i],
    ["(?is)a.b", /a.b/is],
    ["(?P<name>x)", /(?<name>x)/],
    ["a\\zb", undefined],
    ["[[:alpha:]]", undefined],
    ["\\pL", undefined],
    ["x(?i)y", undefined],
    ["(?i:x)", undefined],
    ["(?U)x+", undefined],
    ["(", undefined],
  ])("%j is %s", (text, pattern) => {
    expect(goPattern(text)).toEqual(pattern);
  });
});
