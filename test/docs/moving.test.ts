import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, expect, inject, it, onTestFinished } from "vitest";
import { pageCode } from "../setup/readme.ts";
import { type Finished, run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "moving-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/taskmon"));
  for (const name of ["prom-client", "@prometheus-io", "@opentelemetry", "express"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
});

/** The program that follows the comment `<!-- name -->` of a page, on free ports, and then `more`. */
function runPage(
  page: string,
  name: string,
  more: string,
  env: Record<string, string> = {},
  change = (code: string): string => code,
): Promise<Finished> {
  const code = pageCode(join("docs", page), name);
  const onFreePorts = change(code)
    .replace("port: 9464", "port: 0")
    .replace(/listen\(8080\)/, "listen(0)");
  const file = join(folder, `${name}-${process.hrtime.bigint()}.mts`);
  writeFileSync(file, `${onFreePorts}\n${more}\n`);
  return run(process.execPath, ["--conditions=@taskmon/source", file], {
    cwd: folder,
    env: { ...env, TASKMON_STATE_DIR: join(folder, "state") },
    timeoutMs: 30_000,
  });
}

/** Prints what the scrape endpoint answers, and ends. */
const SCRAPE = `
if (!endpoint.state.listening) throw endpoint.state.error;
console.log(await (await fetch(endpoint.state.url)).text());
await endpoint.stop();
await taskmon.shutdown();
`;

it.each(["prom-client", "@prometheus-io/client"])("bridges a registry of %s", async (name) => {
  const { code, stdout, stderr } = await runPage(
    "moving-from-prom-client.md",
    "bridge",
    SCRAPE,
    {},
    (source) => source.replace('from "prom-client"', `from "${name}"`),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^orders_total\{channel="web",otel_scope_name="prom-client"\} 1$/m);
  expect(stdout).toMatch(/^target_info\{service_name="shop"/m);
});

it("has the same metrics from handles of ours", async () => {
  const { code, stdout, stderr } = await runPage("moving-from-prom-client.md", "moved", SCRAPE);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^orders_total\{channel="web",team="checkout",.*\} 1$/m);
  expect(stdout).toMatch(/^queue_length\{.*\} 3$/m);
  expect(stdout).toMatch(/^checkout_duration_seconds_count\{code="200",.*\} 1$/m);
  expect(stdout).toMatch(/^process_memory_usage_bytes\{/m);
  // Each name that the page gives for a default metric.
  const page = readFileSync(join(root, "docs/moving-from-prom-client.md"), "utf8");
  const table = page.split("## Default metrics")[1]!.split("## A job")[0]!;
  const ours = table
    .split("\n")
    .filter((line) => line.startsWith("| `") || line.startsWith("| event"))
    .flatMap((line) => [...line.split("|")[2]!.matchAll(/`([a-z]\w+[a-z0-9])(?=[`{])/g)])
    .map(([, name]) => name!)
    .filter((name) => !/^v8js_gc|delay|utilization/.test(name));
  expect(ours.length).toBeGreaterThan(6);
  for (const name of ours) expect(stdout, name).toContain(`\n${name}{`);
});

it("pushes at the end of a job, and says so where it cannot", async () => {
  const pushed: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      pushed.push(request.url!, body);
      response.end();
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const env = { PUSHGATEWAY_URL: `http://127.0.0.1:${port}` };
  expect(await runPage("moving-from-prom-client.md", "push", "", env)).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(pushed[0]).toBe("/metrics/job/nightly-copy/shard/7");
  expect(pushed[1]).toMatch(/^rows_copied_total\{.*\} 3$/m);
});

it("measures requests as express-prom-bundle did", async () => {
  const more = `
    const { port } = server.address();
    await fetch(\`http://127.0.0.1:\${port}/orders/7\`);
    console.log(await (await fetch(\`http://127.0.0.1:\${port}/metrics\`)).text());
    server.closeAllConnections();
    server.close();
    await taskmon.shutdown();
  `;
  const { code, stdout, stderr } = await runPage("moving-from-prom-client.md", "bundle", more);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^http_server_request_duration_seconds_count\{.*http_response_status_code="200".*http_route="\/orders\/:id".*\} 1$/m,
  );
  expect(stdout).not.toContain('http_route="/metrics"');
});

it("answers probes and ends in order, as terminus and lightship did", async () => {
  const more = `
    const { port } = server.address();
    const get = async (path) => (await fetch(\`http://127.0.0.1:\${port}\${path}\`)).status;
    while ((await get("/readyz")) !== 200) await new Promise((done) => setTimeout(done, 20));
    console.log(await get("/livez"), await get("/startupz"), await get("/orders"));
    process.kill(process.pid, "SIGTERM");
    await new Promise((done) => setTimeout(done, 50));
    console.log(await get("/readyz"), await get("/livez"));
  `;
  const short = (source: string): string =>
    source.replace("delayMs: 5_000", "delayMs: 500").replace("10_000", "500");
  const { code, stdout, stderr } = await runPage(
    "moving-from-terminus.md",
    "server",
    more,
    {},
    short,
  );
  expect({ stdout, stderr }).toEqual({ stdout: "200 200 200\n503 200\n", stderr: "" });
  expect(code).toBe(0);
});
