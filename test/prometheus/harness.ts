import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import type { TaskmonOptions } from "../../src/taskmon/options.ts";

let targets = 0;

/** A Taskmon object of its own target, whose metrics are read where they are kept. */
export function taskmon(options: TaskmonOptions = {}): Taskmon {
  const made = createTaskmon({
    target: { serviceName: `expo-${process.pid}-${++targets}`, hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
    delivery: "auto",
    ...options,
  });
  onTestFinished(() => made.shutdown());
  return made;
}

/** A server on a free port that ends with the test. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

/** What is said on the `diag` logger from now on, until the test ends. */
export function listen(): string[] {
  const told: string[] = [];
  const log = (message: string, ...rest: unknown[]): void =>
    void told.push([message, ...rest].map(String).join(" "));
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return told;
}
