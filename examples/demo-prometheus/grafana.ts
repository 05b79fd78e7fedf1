import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandPath, freePort, type Started, startServer, taskmonWrites } from "./programs.ts";

const BOARDS = ["fleet", "http", "runtime"] as const;
/** Where packages put Grafana's own files. */
const HOME = "/usr/share/grafana";

/** Starts Grafana with the dashboards of `taskmon dashboard`; undefined where it is not installed. */
export async function startGrafana(
  folder: string,
  prometheusUrl: string,
): Promise<Started | undefined> {
  const program = commandPath("grafana-server");
  if (program === undefined) return undefined;
  const provisioning = join(folder, "provisioning");
  const boards = join(folder, "boards");
  for (const path of [
    join(provisioning, "datasources"),
    join(provisioning, "dashboards"),
    boards,
  ]) {
    mkdirSync(path, { recursive: true });
  }
  for (const board of BOARDS) {
    taskmonWrites(join(boards, `${board}.json`), "dashboard", "--for", board);
  }
  // Every JSON text is a YAML text.
  const source = { name: "Prometheus", type: "prometheus", url: prometheusUrl, isDefault: true };
  const sources = { apiVersion: 1, datasources: [{ ...source, access: "proxy" }] };
  const provider = { name: "taskmon", type: "file", options: { path: boards } };
  const providers = { apiVersion: 1, providers: [provider] };
  writeFileSync(join(provisioning, "datasources/prometheus.yaml"), JSON.stringify(sources));
  writeFileSync(join(provisioning, "dashboards/taskmon.yaml"), JSON.stringify(providers));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command: [string, ...string[]] = [
    program,
    ...(existsSync(HOME) ? ["--homepath", HOME] : []),
  ];
  return startServer(command, {
    url: `${url}/dashboards`,
    ready: `${url}/api/health`,
    env: {
      GF_SERVER_HTTP_ADDR: "127.0.0.1",
      GF_SERVER_HTTP_PORT: String(port),
      GF_PATHS_DATA: join(folder, "grafana"),
      GF_PATHS_LOGS: join(folder, "grafana"),
      GF_PATHS_PROVISIONING: provisioning,
      GF_AUTH_ANONYMOUS_ENABLED: "true",
      GF_AUTH_ANONYMOUS_ORG_ROLE: "Admin",
    },
  });
}
