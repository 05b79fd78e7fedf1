import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

async function example(name: string): Promise<string[]> {
  const { stdout } = await runOk(
    process.execPath,
    ["--conditions=@taskmon/source", join("examples/probes", name)],
    { cwd: root },
  );
  return stdout.trim().split("\n");
}

it("has a probe of one's own, whose target leaves with its metrics", async () => {
  const lines = await example("own-probe.ts");
  const [two, one] = [lines.indexOf("Two queues:"), lines.indexOf("One queue:")];
  expect(lines.slice(two, one)).toEqual(
    expect.arrayContaining([
      ...["  health.probe.runs queue-a: 2", "  health.probe.runs queue-b: 1"],
      ...["  health.probe.duration queue-a: 2 in 0.027 s", "  queue.length queue-a: 4"],
    ]),
  );
  expect(lines.slice(one).join()).not.toContain("queue-b");
});

it("has probes that answer as a group of health checks", async () => {
  expect(await example("probes.ts")).toEqual([
    "the server: pass",
    expect.stringMatching(/^127\.0\.0\.1:1: fail, .*ECONNREFUSED/),
    expect.stringMatching(/^200 warn/),
  ]);
});

it("has a web server that is probed by hand", async () => {
  expect(await example("web.ts")).toEqual([
    "pass 200",
    "redirects: 1",
    "phases: dns, connect, write, first_byte, transfer",
    ...["status: passed", "body: passed"],
  ]);
});

it("has a /probe that answers as blackbox_exporter does", async () => {
  expect(await example("blackbox.ts")).toEqual([
    ...["probe_http_status_code 200", "probe_success 1"],
    ...["403 This target is not allowed", "1 run"],
  ]);
});
