import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./programs.ts";
import { startServer, type Server } from "./servers.ts";
import { programPath } from "./test-run.ts";

/** What {@link startPrometheus} and {@link promtoolPath} need on the machine. */
export const prometheusPrograms: readonly Program[] = [
  { name: "prometheus", apt: "prometheus" },
  { name: "promtool", apt: "prometheus" },
];

/** One series of an instant query's answer. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus server. */
export interface Prometheus extends Server {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** The answer to an instant query, through the HTTP API. */
  query(expression: string): Promise<PrometheusSample[]>;
}

/**
 * Starts a Prometheus with this configuration, in the shape of `prometheus.yml`: every JSON text is a
 * YAML text. It stops with the test run at the latest.
 */
export async function startPrometheus(options: {
  readonly config: object;
  /** Further arguments: `--enable-feature=native-histograms`. */
  readonly args?: readonly string[];
}): Promise<Prometheus> {
  const server = await startServer({
    name: "prometheus",
    program: programPath("prometheus"),
    prepare: ({ folder }) =>
      writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(options.config)),
    args: ({ folder, port }) => [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(options.args ?? []),
    ],
    ready: async ({ port }) => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return { ...server, url, query: (expression) => query(url, expression) };
}

/** The path of `promtool`. */
export function promtoolPath(): string {
  return programPath("promtool");
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}

async function query(url: string, expression: string): Promise<PrometheusSample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const answer = (await response.json()) as QueryAnswer;
  if (answer.status !== "success") throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
