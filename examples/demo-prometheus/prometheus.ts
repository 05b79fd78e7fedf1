import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, type Started, startServer, taskmonWrites } from "./programs.ts";

/** Starts Prometheus, which scrapes `targets` each second, with the rules of `taskmon rules`. */
export async function startPrometheus(
  program: string,
  folder: string,
  targets: readonly string[],
): Promise<Started> {
  const [rules, config] = [join(folder, "rules.yml"), join(folder, "prometheus.yml")];
  taskmonWrites(rules, "rules");
  // Every JSON text is a YAML text.
  const settings = {
    global: { scrape_interval: "1s", evaluation_interval: "5s" },
    rule_files: [rules],
    scrape_configs: [{ job_name: "shop", static_configs: [{ targets }] }],
  };
  writeFileSync(config, JSON.stringify(settings));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return startServer([program, ...args], { url, ready: `${url}/-/ready` });
}
