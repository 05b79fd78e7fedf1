import type { ExportAttempt } from "./export-attempt.ts";

/** Where a transport that sends over gRPC keeps its client, from its first attempt on. */
const CLIENT = "_client";

interface Client {
  export(...args: unknown[]): { cancel(): void };
}

/**
 * A transport that sends over gRPC as one attempt sees it: itself, but its client's call is cancelled
 * when the export is cut off, and with it the retries inside grpc-js. Another transport is given back.
 */
export function withCallsOf<T extends object>(transport: T, attempt: ExportAttempt): T {
  const { _parameters: parameters } = transport as { _parameters?: { grpcPath?: unknown } };
  if (typeof parameters?.grpcPath !== "string") return transport;
  // A proxy, since the transport makes its client, and may drop it, in the middle of an attempt.
  return new Proxy(transport, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      return name === CLIENT && isClient(value) ? withCall(value, attempt) : value;
    },
  });
}

function withCall(client: Client, attempt: ExportAttempt): Client {
  return Object.create(client, {
    export: {
      value: (...args: unknown[]) => {
        const call = client.export(...args);
        attempt.cutBy(() => call.cancel());
        return call;
      },
    },
  }) as Client;
}

function isClient(value: unknown): value is Client {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Client>).export === "function"
  );
}
