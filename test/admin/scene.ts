import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { adminHandler, type AdminOptions, type AdminTaskmon } from "../../src/admin/index.ts";
import { createTaskmon, type Taskmon, type TaskmonOptions } from "../../src/index.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";

export const TOKENS = {
  operator: "operator-token-of-the-tests",
  admin: "administrator-token-of-the-tests",
} as const;

let scenes = 0;

/** A Taskmon of a name of its own; shut down after the test. */
export function sceneTaskmon(options: TaskmonOptions = {}): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: `checkout-${++scenes}`, jobName: "web", region: "eu-west-1" },
    allocator: memoryAllocator(),
    ...options,
  });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

/** Holds a number. */
export async function numbered(taskmon: Taskmon): Promise<void> {
  taskmon.start();
  await taskmon.task.settled();
}

/** Serves a listener on a free port until the test ends. @returns where, without a slash at the end */
export async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves the page. @returns where it is, with a slash at the end */
export async function servedPage(taskmon: AdminTaskmon, options?: AdminOptions): Promise<string> {
  return `${await served(adminHandler(taskmon, withTokens(options)))}/`;
}

/** The options, with a token for each role. */
export function withTokens(options?: AdminOptions): AdminOptions {
  return {
    tokens: [
      { token: TOKENS.operator, role: "operator", name: "olga" },
      { token: TOKENS.admin, role: "admin", name: "ada" },
    ],
    ...options,
  };
}

/** Asks for something to be done. */
export function act(
  url: string,
  method: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${TOKENS.operator}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
}
