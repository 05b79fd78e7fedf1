import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./programs.ts";
import { startServer, type Server } from "./servers.ts";
import { programPath } from "./test-run.ts";

/** What {@link startBlackbox} needs on the machine. */
export const blackboxPrograms: readonly Program[] = [
  { name: "prometheus-blackbox-exporter", apt: "prometheus-blackbox-exporter" },
];

/** A real blackbox_exporter. */
export interface Blackbox extends Server {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** What `/probe` answers, as text. */
  probe(module: string, target: string): Promise<string>;
}

/**
 * Starts a blackbox_exporter with these modules, in the shape of its file: every JSON text is a YAML
 * text. It stops with the test run at the latest.
 */
export async function startBlackbox(config: {
  readonly modules: Readonly<Record<string, object>>;
}): Promise<Blackbox> {
  const server = await startServer({
    name: "blackbox",
    program: programPath("prometheus-blackbox-exporter"),
    prepare: ({ folder }) => writeFileSync(join(folder, "blackbox.yml"), JSON.stringify(config)),
    args: ({ folder, port }) => [
      `--config.file=${join(folder, "blackbox.yml")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ready: async ({ port }) => (await fetch(`http://127.0.0.1:${port}/-/healthy`)).ok,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    url,
    async probe(module, target) {
      const answer = await fetch(
        `${url}/probe?${new URLSearchParams({ module, target }).toString()}`,
      );
      return answer.text();
    },
  };
}
