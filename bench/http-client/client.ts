import type * as Http from "node:http";
import { createRequire } from "node:module";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { FetchMetricsInstrumentation, HttpMetricsInstrumentation } from "taskmon/http";
import { MetricRegistry } from "taskmon/metrics";
import { startTelemetry, type Telemetry } from "../http-telemetry.ts";
import type { Api, ClientKind, Question } from "./client-process.ts";

// The program of client-process.ts.
const [api, kind] = process.argv.slice(2) as [Api, ClientKind];

/** Requests under way at a time. */
const CONCURRENCY = 8;

const telemetry = start();

function start(): Telemetry | undefined {
  switch (kind) {
    case "bare":
      return undefined;
    case "upstream":
      return startTelemetry(
        "client",
        api === "fetch" ? new UndiciInstrumentation() : new HttpInstrumentation(),
        undefined,
      );
    case "taskmon, instruments":
      return startTelemetry("client", ours(undefined), undefined);
    case "taskmon": {
      const registry = new MetricRegistry({ delivery: "auto" });
      return startTelemetry("client", ours(registry), registry);
    }
  }
}

// It patches what is required after it; an import would have come before it.
const http = createRequire(import.meta.url)("node:http") as typeof Http;
const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });

const send: Record<Api, (port: number) => Promise<void>> = {
  "http.get": (port) =>
    new Promise((resolve, reject) => {
      http
        .get({ host: "127.0.0.1", port, path: "/orders/42", agent }, (response) => {
          response.resume().on("end", resolve);
        })
        .on("error", reject);
    }),
  fetch: async (port) => {
    await (await fetch(`http://127.0.0.1:${port}/orders/42`)).arrayBuffer();
  },
};

function ours(registry: MetricRegistry | undefined): Instrumentation {
  const options = registry === undefined ? {} : { registry };
  return api === "fetch"
    ? new FetchMetricsInstrumentation(options)
    : new HttpMetricsInstrumentation({ ...options, server: false });
}

async function sendAll(requests: number, port: number): Promise<number> {
  const before = process.cpuUsage();
  let left = requests;
  const keepBusy = async (): Promise<void> => {
    while (left-- > 0) await send[api](port);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, keepBusy));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function answer(question: Question): Promise<void> {
  const number =
    "send" in question
      ? await sendAll(question.send, question.port)
      : ((await telemetry?.measuredRequests()) ?? 0);
  process.send!(number);
}
process.on("message", (question: Question) => void answer(question));
process.once("disconnect", () => process.exit());
