import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import type { Row } from "../../../src/cli/top/row.ts";
import { createTaskmon, memoryAllocator, sqliteAllocator } from "../../../src/index.ts";
import { Health, healthHandler } from "../../../src/health/index.ts";
import { startScrapeEndpoint } from "../../../src/prometheus/index.ts";

const root = new URL("../../../", import.meta.url).pathname;
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function cli(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await runCli(args, {
    out: (text) => lines.out.push(text),
    error: (text) => lines.error.push(text),
  });
  return { code, out: lines.out.join("\n"), error: lines.error.join("\n") };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serveText = (body: string, type = "text/plain"): Promise<string> =>
  serve((_, response) => response.writeHead(200, { "content-type": type }).end(body));

/** The exposition of a process that has answered so many requests, by whoever names it. */
function exposition(requests: number, failures: number, suffix: string): string {
  const name = `http_server_request_duration${suffix}`;
  return [
    'target_info{service_name="shop"} 1',
    `taskmon_task_number${suffix === "_seconds" ? "_ratio" : ""} 3`,
    `taskmon_task_lease_remaining${suffix} 25`,
    `${name}_bucket{le="0.1"} ${requests + failures}`,
    `${name}_bucket{le="+Inf"} ${requests + failures}`,
    `${name}_count{http_route="/a"} ${requests}`,
    `${name}_count{http_route="/a",error_type="500"} ${failures}`,
    'health_check_status{health_check_name="db",health_check_state="pass"} 1',
    'health_check_status{health_check_name="db",health_check_state="fail"} 0',
    'taskmon_exports_total{taskmon_reader="otlp",taskmon_outcome="success"} 5',
    "",
  ].join("\n");
}

describe("top", () => {
  it.each(["_seconds", ""])("shows a process whose metrics end in '%s'", async (suffix) => {
    let looks = 0;
    const at = await serve((_, response) => {
      looks += 1;
      response.end(exposition(looks * 90, looks * 10, suffix));
    });
    const { code, out } = await cli("top", at, "--once", "--json", "--interval", "0.2");
    const [row] = JSON.parse(out) as Row[];
    expect(row).toMatchObject({
      ...{ at, state: "up", service: "shop", number: 3, leaseS: 25, health: "pass" },
      ...{ exports: "ok", errorRatio: 0.1 },
    });
    expect(row!.p99S).toBeCloseTo(0.099);
    // A hundred more, in a fifth of a second or more.
    expect(row!.requestsPerSecond).toBeGreaterThan(0);
    expect(row!.requestsPerSecond).toBeLessThan(501);
    expect(code).toBe(0);
  });

  it("reads what our own endpoint answers", async () => {
    const taskmon = createTaskmon({
      target: { serviceName: "shop" },
      allocator: memoryAllocator(),
      health: { intervalMs: 60_000 },
    });
    endings.push(() => taskmon.shutdown());
    taskmon.health.register("db", () => {
      throw new Error("no connection");
    });
    taskmon.start();
    await taskmon.health.run("db");
    const endpoint = await startScrapeEndpoint({ taskmon, port: 0 });
    endings.push(() => endpoint.stop());
    const { port } = endpoint.state as { port: number };
    const { code, out } = await cli("top", `localhost:${port}`, "--once", "--interval", "0.05");
    expect(out).toMatch(/^STATE +SERVICE +PROCESS +TASK +LEASE/);
    expect(out).toMatch(new RegExp(`up +shop +localhost:${port} +0 +\\d+ s .* fail .*db fail`));
    expect(code).toBe(1);
  });

  it("says why a process does not answer, and goes on with the others", async () => {
    const well = await serveText(exposition(1, 0, ""));
    const page = await serveText("<html></html>", "text/html");
    const moved = await serve((_, response) =>
      response.writeHead(302, { location: `http://${well}/metrics` }).end(),
    );
    const hanging = await serve(() => undefined);
    const gone = await serveText("");
    const endless = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("a 1\n".repeat(50_000)));
      };
      response.on("drain", more);
      more();
    });
    const all = [well, page, moved, hanging, gone, endless, "127.0.0.1:1"];
    const { code, out } = await cli(
      ...["top", ...all, "--once", "--json", "--timeout", "2", "--interval", "0.05"],
    );
    const rows = JSON.parse(out) as Row[];
    expect(rows.map(({ state }) => state)).toEqual(["up", ...Array(6).fill("down")]);
    expect(rows[1]!.error).toBe("no metrics in the answer");
    expect(rows[2]!.error).toMatch(/redirect/);
    expect(rows[3]!.error).toBe("no answer within 2000 ms");
    expect(rows[5]!.error).toMatch(/longer than \d+ bytes|no answer within/);
    expect(rows[6]!.error).toMatch(/ECONNREFUSED|bad port/);
    expect(code).toBe(1);
  });

  it("shows who holds which number of a store", async () => {
    const file = `${root}node_modules/.cache-top-${process.pid}.sqlite`;
    const allocator = sqliteAllocator({ file });
    const taskmon = createTaskmon({ target: { serviceName: "shop" }, allocator });
    endings.push(async () => {
      await taskmon.shutdown();
      await allocator.close?.();
      const { rmSync } = await import("node:fs");
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    });
    taskmon.start();
    await expect.poll(() => taskmon.task.number).toBe(0);
    const { code, out } = await cli("top", `sqlite:${file}`, "--once", "--json");
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      [{ state: "held", number: 0, at: taskmon.identity.instanceId }],
    ]);
  });

  it.each([
    [[], "expects URLs"],
    [["ftp://a"], "is no scheme of a process"],
    [["http://"], "is no URL"],
    [["a", "--interval", "0"], "--interval expects seconds"],
    [["sqlite:a", "b"], "a store goes alone"],
  ])("ends with 2 for a wrong command line: %j", async (args, message) => {
    const { code, error } = await cli("top", "--once", ...args);
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("status", () => {
  it("says how the health answers are, with what does not pass", async () => {
    let failing = false;
    const health = new Health();
    endings.push(() => health.shutdown());
    health.register("db", () => {
      if (failing) throw new Error("no connection");
    });
    await health.run("db");
    const answer = healthHandler(health, { allowDetails: () => true });
    const at = await serve((request, response) => answer(request, response));
    expect(await cli("status", at)).toEqual({ code: 0, out: "pass", error: "" });
    failing = true;
    await health.run("db");
    expect(await cli("status", at)).toEqual({
      ...{ code: 1, error: "" },
      out: expect.stringMatching(/^fail\n {2}db fail: .*no connection/) as string,
    });
    const json = await cli("status", at, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ status: "fail" });
  });

  it("goes by the metrics where those are asked", async () => {
    const well = await serveText(exposition(1, 0, ""));
    expect(await cli("status", `${well}/metrics`)).toMatchObject({ code: 0, out: "pass" });
    const ill = exposition(1, 0, "").replace(/"pass"} 1\n(.*)"fail"} 0/, '"pass"} 0\n$1"warn"} 1');
    const warns = await serveText(ill);
    expect(await cli("status", `${warns}/metrics`)).toMatchObject({
      code: 0,
      out: "warn\n  db warn",
    });
    expect(await cli("status", `${warns}/metrics`, "--strict")).toMatchObject({ code: 1 });
  });

  it("fails where there is no answer, or one that is not to be trusted", async () => {
    expect(await cli("status", "127.0.0.1:1")).toMatchObject({ code: 1 });
    const broken = await serveText('{"status":', "application/health+json");
    expect(await cli("status", broken)).toMatchObject({ code: 1 });
    const hostile = await serveText(
      JSON.stringify({ status: "warn", checks: { "\u001B[2J": [{ status: "\u001B]0;x\u0007" }] } }),
      "application/health+json",
    );
    const { out } = await cli("status", hostile);
    expect(out).toBe("warn\n  ?[2J ?]0;x?");
  });
});
