import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A receiver over HTTP that answers as told. */
export interface HttpSink {
  readonly url: string;
  /** How many requests arrived, whole. */
  readonly requests: number;
  /** How many of them were cut off before their answer. */
  readonly cut: number;
  /** Settles when `count` requests have arrived. */
  arrived(count: number): Promise<void>;
  /** Settles when `count` requests were cut off. */
  wasCut(count: number): Promise<void>;
}

/** Answers the request with the given number, from 1; not answering leaves it open. */
export type Answer = (count: number, response: ServerResponse) => void;

export async function httpSink(answer: Answer): Promise<HttpSink> {
  const state = { requests: 0, cut: 0 };
  const waiting = new Set<() => void>();
  const until = (reached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!reached()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const server = createServer((request: IncomingMessage, response) => {
    request.resume();
    response.on("close", () => {
      if (!response.writableFinished) state.cut += 1;
      for (const check of waiting) check();
    });
    request.on("end", () => {
      state.requests += 1;
      answer(state.requests, response);
      for (const check of waiting) check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`,
    get requests() {
      return state.requests;
    },
    get cut() {
      return state.cut;
    },
    arrived: (count) => until(() => state.requests >= count),
    wasCut: (count) => until(() => state.cut >= count),
  };
}
