import { hasMethods, isObject } from "./shapes.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/*
 * What an OTLP exporter of both release lines is made of: an exporter has a delegate, which has a
 * transport that retries, which has one that sends. None of it is public, so each part is looked for,
 * and one that is not there is undefined here.
 */

/** What an OTLP transport answers about one attempt. */
export interface AttemptResponse {
  /** `success`, `failure` or `retryable`. */
  status: string;
  error?: unknown;
  /** Of `retryable`: when, as the receiver said it. */
  retryInMillis?: number;
}

/** What sends the bytes of an export: once, or again and again. */
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

/** The transport of an OTLP exporter, which makes all attempts of an export; undefined for another one. */
export function transportOf(exporter: object): Transport | undefined {
  const transport = delegateOf(exporter)?._transport;
  return isTransport(transport) ? transport : undefined;
}

/** The transport that makes one attempt of an export: inside one that retries, else itself. */
export function senderOf(transport: Transport): Transport {
  const { _transport: sender } = transport as RetryingTransport;
  return isTransport(sender) ? sender : transport;
}

/** Whether a transport makes HTTP requests that {@link withRequests} sees. */
export function makesRequests(transport: Transport): boolean {
  return hasMethods(transport, "_loadUtils");
}

/** A transport over HTTP whose requests are made through `request`; else it is the given one. */
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

/** What an OTLP exporter tells of the answers to exports that were taken; exporters may share it. */
export interface ResponseHandler {
  handleResponse: (response: unknown) => void;
}

/** Undefined for an exporter that has none. */
export function responseHandlerOf(exporter: object): ResponseHandler | undefined {
  const handler = delegateOf(exporter)?._responseHandler;
  const isOne = isObject(handler) && hasMethods(handler, "handleResponse");
  return isOne ? (handler as ResponseHandler) : undefined;
}

/** Tells `onResponse` each answer first. */
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
