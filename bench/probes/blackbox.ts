import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Turn } from "./turn.ts";

/** The peer: Debian's blackbox_exporter, which is asked for each target as a Prometheus would. */
export interface Blackbox {
  /** Asks for the targets in turn, at an even pace, for so long. */
  turn(ms: number): Promise<Turn>;
  stop(): void;
}

/** Of `/proc/<pid>/stat`, whose times are in hundredths of a second. */
const TICK_US = 10_000;

export async function startBlackbox(
  kind: "tcp" | "http",
  targetPort: number,
  targets: number,
  intervalMs: number,
): Promise<Blackbox> {
  const folder = mkdtempSync(join(tmpdir(), "taskmon-bench-"));
  const config = join(folder, "blackbox.yml");
  // IPv4 first, as the targets are.
  const ip = { preferred_ip_protocol: "ip4" };
  writeFileSync(
    config,
    JSON.stringify({
      modules: {
        tcp: { prober: "tcp", timeout: "5s", tcp: ip },
        http: { prober: "http", timeout: "5s", http: ip },
      },
    }),
  );
  const port = await freePort();
  const child = spawn(
    "prometheus-blackbox-exporter",
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"],
    { stdio: "ignore" },
  );
  const failed = once(child, "error").then(() => {
    throw new Error("The peer is Debian's package prometheus-blackbox-exporter, which is not here");
  });
  failed.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  while (!(await Promise.race([failed, answers(`${url}/-/healthy`)]))) await sleep(50);

  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let next = 0;
  const probe = (): Promise<boolean> => {
    const index = next++ % targets;
    const host = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:${targetPort}`;
    const target = kind === "tcp" ? host : `http://${host}/`;
    const path = `${url}/probe?module=${kind}&target=${encodeURIComponent(target)}`;
    return new Promise((resolve) => {
      get(path, { agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(text.includes("probe_success 1")));
      }).on("error", () => resolve(false));
    });
  };
  return {
    async turn(ms) {
      const cpu = cpuUs(child.pid!);
      const startedAt = performance.now();
      const results: Promise<boolean>[] = [];
      for (let now = 0; now < ms; now = performance.now() - startedAt) {
        const due = Math.floor((now / intervalMs) * targets);
        while (results.length < due) results.push(probe());
        await sleep(5);
      }
      const passed = (await Promise.all(results)).filter(Boolean).length;
      return { cpuUs: cpuUs(child.pid!) - cpu, passed, failed: results.length - passed };
    },
    stop() {
      agent.destroy();
      child.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

/** User and system time of the process so far, in microseconds. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
