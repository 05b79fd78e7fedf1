/** The parts of an SDK view that we use. */
export interface DropView {
  readonly meterName: string;
  readonly instrumentName: string;
  readonly aggregation: { readonly type: 1 };
}

/** The SDK's `AggregationType.DROP`, the same in SDK 2.x and 3.x. */
const DROP = 1;

/**
 * Returns views that drop the durations of OpenTelemetry's own HTTP instrumentations, so that only ours are
 * exported. Their spans and context are not affected. Pass them to the SDK's option `views`.
 * @example new NodeSDK({ views: [...dropUpstreamDurations(), ...taskmon.views] })
 */
export function dropUpstreamDurations(): DropView[] {
  return [
    view("@opentelemetry/instrumentation-http", "http.server.request.duration"),
    view("@opentelemetry/instrumentation-http", "http.client.request.duration"),
    view("@opentelemetry/instrumentation-undici", "http.client.request.duration"),
  ];
}

function view(meterName: string, instrumentName: string): DropView {
  return { meterName, instrumentName, aggregation: { type: DROP } };
}
