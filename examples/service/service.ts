// A small HTTP service as a user of Taskmon would write it. `readSettings` says what it can be told;
// SIGTERM and SIGINT let it finish its requests, export for the last time and end with code 0.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readSettings, type Settings } from "./settings.ts";
import { shop } from "./shop.ts";
import { startTelemetry } from "./telemetry.ts";

/** The longest that the end may take. */
const STOP_TIMEOUT_MS = 15_000;

try {
  await serve(readSettings(process.env));
} catch (error) {
  console.error(`shop: ${explain(error)}`);
  process.exit(1);
}

async function serve(settings: Settings): Promise<void> {
  const telemetry = await startTelemetry(settings);
  const server = createServer(shop(telemetry.taskmon.metrics));
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening");
  } catch (error) {
    await telemetry.shutdown();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const { metricsUrl, pageUrl } = telemetry;
  const page = pageUrl === undefined ? "" : `, page at ${pageUrl}`;
  console.log(`shop: serving http://${settings.host}:${port}, metrics at ${metricsUrl}${page}`);

  let isStopping = false;
  const stop = async (): Promise<void> => {
    // People press Ctrl-C twice.
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    server.close();
    // A kept-alive connection would hold the end up until its timeout.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    await once(server, "close");
    clearInterval(sweep);
    await telemetry.shutdown();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop().catch((error: unknown) => console.error(`shop: ${explain(error)}`));
    });
  }
}

/** One line for the person who started the service. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE")
    return `port ${port} is in use; set PORT, METRICS_PORT or ADMIN_PORT to another`;
  return error.message.split("\n")[0]!;
}
