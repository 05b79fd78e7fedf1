import { hasMethods, isObject } from "./shapes.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/*
 * The structure of an OTLP exporter of SDK 2.x and 3.x: the exporter has a delegate, which has a transport that retries, which has a transport that sends. None of it is public, so we check each part, and return undefined if it is missing.
 */

/** The response of an OTLP transport to one attempt. */
export interface AttemptResponse {
  /** `success`, `failure` or `retryable`. */
  status: string;
  error?: unknown;
  /** For `retryable`: the wait that the receiver asked for. */
  retryInMillis?: number;
}

/** Sends the bytes of an export, once or with retries. */
export interface Transport {
  send: (data: unknown, timeoutMs: number) => Promise<AttemptResponse>;
}

interface Delegate {
  readonly _transport?: unknown;
  readonly _responseHandler?: unknown;
}

interface RetryingTransport extends Transport {
  readonly _transport?: unknown;
}

interface HttpTransport extends Transport {
  _loadUtils(): Promise<{ request: MakeRequest }>;
}

/** Makes the request of an attempt over HTTP. */
export type MakeRequest = (...args: unknown[]) => { destroy(error?: Error): unknown };

/**
 * Returns the transport of an OTLP exporter, which makes all attempts of an export. Undefined for another
 * exporter.
 */
export function transportOf(exporter: object): Transport | undefined {
  const transport = delegateOf(exporter)?._transport;
  return isTransport(transport) ? transport : undefined;
}

/**
 * Returns the transport that makes one attempt: the one inside a retrying transport, or else the transport
 * itself.
 */
export function senderOf(transport: Transport): Transport {
  const { _transport: sender } = transport as RetryingTransport;
  return isTransport(sender) ? sender : transport;
}

/** Whether a transport makes HTTP requests that {@link withRequests} sees. */
export function makesRequests(transport: Transport): boolean {
  return hasMethods(transport, "_loadUtils");
}

/**
 * Returns an HTTP transport that makes its requests through `request`. Otherwise it behaves like the given
 * one.
 */
export function withRequests<T extends Transport>(
  transport: T,
  request: (make: () => ReturnType<MakeRequest>) => ReturnType<MakeRequest>,
): T {
  return Object.create(transport, {
    _loadUtils: {
      value: async () => {
        const utils = await (transport as unknown as HttpTransport)._loadUtils();
        const make = utils.request;
        return { ...utils, request: (...args: unknown[]) => request(() => make(...args)) };
      },
    },
  }) as T;
}

/** Handles the responses to an OTLP exporter's successful exports. Exporters may share it. */
export interface ResponseHandler {
  handleResponse: (response: unknown) => void;
}

/** Returns the response handler of an exporter, or undefined if it has none. */
export function responseHandlerOf(exporter: object): ResponseHandler | undefined {
  const handler = delegateOf(exporter)?._responseHandler;
  const isOne = isObject(handler) && hasMethods(handler, "handleResponse");
  return isOne ? (handler as ResponseHandler) : undefined;
}

/** Calls `onResponse` with each response before the handler. */
export function watchResponses(
  handler: ResponseHandler,
  onResponse: (response: unknown) => void,
): void {
  const handle = handler.handleResponse.bind(handler);
  handler.handleResponse = (response) => {
    onResponse(response);
    handle(response);
  };
}

function delegateOf(exporter: object): Delegate | undefined {
  return (exporter as { _delegate?: Delegate })._delegate;
}

function isTransport(value: unknown): value is Transport {
  return isObject(value) && hasMethods(value, "send");
}
