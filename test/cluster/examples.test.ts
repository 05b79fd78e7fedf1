import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { parseExposition } from "../../examples/demo/exposition.ts";
import { bundled } from "../setup/bundled.ts";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";
import { sumOf, until } from "./shop.ts";

const folder = join(import.meta.dirname, "../../examples/cluster");

async function startExample(name: string, env: Readonly<Record<string, string>>) {
  const state = mkdtempSync(join(inject("testRun").folder, "cluster-example-"));
  const running = await start(
    process.execPath,
    ["--no-warnings", await bundled(join(folder, name))],
    { cwd: folder, env: { TASKMON_STATE_DIR: state, ...env } },
  );
  onTestFinished(() => running.kill("SIGKILL"));
  return running;
}

it("runs the cluster of the page: one scrape counts the requests of all workers", async () => {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const running = await startExample("scrape.ts", {
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    WORKERS: "3",
  });
  const scrape = async () => {
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    return parseExposition(await response.text());
  };
  const answered = async (): Promise<number> =>
    sumOf(await scrape(), "taskmon_cluster_workers", { taskmon_state: "answered" });
  await until(async () => (await answered().catch(() => 0)) === 3, "three workers");

  const hello = async (): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    return Number(/\d+/.exec(await response.text())![0]);
  };
  const pids = new Set<number>();
  for (let request = 0; request < 12; request++) pids.add(await hello());
  expect(pids.size).toBeGreaterThan(1);
  const count = async (): Promise<number> =>
    (await scrape())
      .filter(({ name }) => name === "http_server_request_duration_count")
      .filter(({ labels }) => labels["http_response_status_code"] === "200")
      .reduce((sum, { value }) => sum + value, 0);
  // The scrapes of the primary are requests too, which it counts itself, after each answer.
  const before = await count();
  for (let request = 0; request < 5; request++) pids.add(await hello());
  expect((await count()) - before).toBe(5 + 1);

  // A worker that ends is replaced, and what it served stays.
  const [victim] = pids;
  process.kill(victim!, "SIGTERM");
  await until(async () => (await answered()) === 3 && !alive(victim!), "another worker");
  const after = await count();
  expect(after).toBeGreaterThanOrEqual(before + 6);

  running.kill("SIGTERM");
  expect(await running.ended).toMatchObject({ code: 0 });
});

it("runs the threads of the page: each exports under the parent's number, in the same streams", async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.stop());
  const running = await startExample("lease.ts", { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const { stdout, stderr, code } = await running.ended;
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const lines = stdout.trim().split("\n");
  expect(lines.pop()).toBe("The number was handed back");
  expect(lines).toHaveLength(6);
  // One of two that has ended before the other asks has the first place too.
  for (const line of lines) expect(line).toMatch(/^A thread works in place [01] under number 0$/);
  const resized = receiver.exports.filter(({ metrics }) =>
    metrics.some(({ name }) => name === "resizer.images.resized"),
  );
  expect(resized).toHaveLength(6);
  const streams = resized.map(({ resource }) => [
    Number(resource["taskmon.task.number"]),
    Number(resource["taskmon.task.worker"]),
    resource["service.instance.id"],
  ]);
  expect(new Set(streams.map(([number]) => number))).toEqual(new Set([0]));
  // Six threads, and a stream for each place.
  const places = new Set(streams.map(([, worker]) => worker));
  expect(places.size).toBeLessThan(3);
  expect(new Set(streams.map(([, , id]) => id)).size).toBe(places.size);
  expect(new Set(streams.map(([, worker, id]) => `${String(worker)} ${String(id)}`)).size).toBe(
    places.size,
  );
});

it("shows in the page what the examples say", () => {
  const page = readFileSync(join(folder, "../../docs/cluster.md"), "utf8");
  const blocks = [...page.matchAll(/<!-- examples\/cluster\/(\S+) -->\s*```ts\n([^]*?)```/g)];
  expect(new Set(blocks.map(([, name]) => name))).toEqual(new Set(readdirSync(folder)));
  for (const [, name, code] of blocks) {
    const lines = readFileSync(join(folder, name!), "utf8");
    for (const part of code!.split("// …\n")) expect(lines).toContain(part.trim());
  }
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
