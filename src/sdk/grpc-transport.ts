import { hasMethods, isObject } from "./shapes.ts";
import type { Transport } from "./otlp-exporter.ts";

/** A call of a client of grpc-js. */
export interface Call {
  cancel(): void;
}

interface Client {
  export(...args: unknown[]): Call;
}

/** The field in which a gRPC transport keeps its client after the first attempt. */
const CLIENT = "_client";

/**
 * Returns a gRPC transport that passes its calls to `onCall`. Other transports are returned unchanged.
 * grpc-js itself repeats such calls.
 */
export function withCalls<T extends Transport>(transport: T, onCall: (call: Call) => void): T {
  const { _parameters: parameters } = transport as { _parameters?: { grpcPath?: unknown } };
  if (typeof parameters?.grpcPath !== "string") return transport;
  // Use a proxy, because the transport may create or drop its client during an attempt.
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
