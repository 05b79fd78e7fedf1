/** A view of the SDK's, as far as it is used here. */
export interface DropView {
  readonly meterName: string;
  readonly instrumentName: string;
  readonly aggregation: { readonly type: 1 };
}

/** The SDK's `AggregationType.DROP`, the same in both of its lines. */
const DROP = 1;

/**
 * Views that drop the durations of OpenTelemetry's own HTTP instrumentations, in favour of ours; their
 * spans and context go on. For `views` of the SDK.
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
