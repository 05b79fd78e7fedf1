import { hasMethods, isObject } from "./shapes.ts";
import type { Transport } from "./otlp-exporter.ts";

/** A call of a client of grpc-js. */
export interface Call {
  cancel(): void;
}

interface Client {
  export(...args: unknown[]): Call;
}

/** Where a transport that sends over gRPC keeps its client, from its first attempt on. */
const CLIENT = "_client";

/**
 * A transport that sends over gRPC, whose calls are told to `onCall`; another one is given back. The
 * retries of such a call are made inside grpc-js.
 */
export function withCalls<T extends Transport>(transport: T, onCall: (call: Call) => void): T {
  const { _parameters: parameters } = transport as { _parameters?: { grpcPath?: unknown } };
  if (typeof parameters?.grpcPath !== "string") return transport;
  // A proxy, since the transport makes its client, and may drop it, in the middle of an attempt.
  return new Proxy(transport, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      const isClient = name === CLIENT && isObject(value) && hasMethods(value, "export");
      return isClient ? withCall(value as Client, onCall) : value;
    },
  });
}

function withCall(client: Client, onCall: (call: Call) => void): Client {
  return Object.create(client, {
    export: {
      value: (...args: unknown[]) => {
        const call = client.export(...args);
        onCall(call);
        return call;
      },
    },
  }) as Client;
}
