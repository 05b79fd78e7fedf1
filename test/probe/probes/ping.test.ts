import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { pingProbe } from "../../../src/probe/probes/ping.ts";
import { ask, LOOPBACKS, verdict } from "./harness.ts";

it.each(LOOPBACKS)("hears %s, and how long it took", async (host) => {
  const result = await ask(pingProbe(), host);
  expect(verdict(result)).toBe("pass");
  expect(result.details).toMatchObject({ address: host, family: host === "::1" ? 6 : 4 });
  expect(result.details!.roundTripMs).toBeGreaterThanOrEqual(0);
  expect(result.details!.hopLimit).toBeGreaterThan(0);
});

it("says clearly that there is no such program", async () => {
  const result = await ask(pingProbe({ command: "no-such-ping" }), "127.0.0.1");
  expect(verdict(result)).toBe("unavailable");
  expect(result.error?.message).toBe("no-such-ping was not started: ENOENT");
});

describe("reads what the program says", () => {
  it.each([
    ["From 192.0.2.9 icmp_seq=1 Destination Host Unreachable", 1, "host_unreachable"],
    ["ping: connect: Network is unreachable", 2, "network_unreachable"],
    ["ping: socktype: SOCK_RAW\nping: socket: Operation not permitted", 2, "unavailable"],
    ["1 packets transmitted, 0 received, 100% packet loss, time 0ms", 1, "timeout"],
    ["ping: invalid option -- 'W'", 2, "unavailable"],
    ["something else", 0, "unexpected_answer"],
  ])("%j", async (text, exitCode, type) => {
    const command = join(mkdtempSync(join(inject("testRun").folder, "ping-")), "ping");
    writeFileSync(command, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${exitCode}\n`);
    chmodSync(command, 0o755);
    expect(verdict(await ask(pingProbe({ command }), "192.0.2.1"))).toBe(type);
  });
});
