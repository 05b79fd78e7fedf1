import type { ReceivedExport } from "./events.ts";

// The part of OTLP's JSON encoding that the demo reads. 64-bit integers may come as text.

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface Point {
  readonly attributes?: readonly Attribute[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
}

interface Metric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface ExportRequest {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeMetrics?: readonly { readonly metrics?: readonly Metric[] }[];
  }[];
}

/** What an OTLP metrics request in JSON says, one item for each resource in it. */
export function readExports(json: string): ReceivedExport[] {
  const { resourceMetrics = [] } = JSON.parse(json) as ExportRequest;
  return resourceMetrics.map(({ resource, scopeMetrics = [] }) => {
    const attributes = values(resource?.attributes);
    const metrics = scopeMetrics.flatMap((scope) => scope.metrics ?? []);
    const number = attributes["taskmon.task.number"];
    const instanceId = attributes["service.instance.id"];
    return {
      number: number === undefined ? null : Number(number),
      epoch: epochOf(metrics),
      instanceId: instanceId === undefined ? null : String(instanceId),
      requests: requestsOf(metrics),
    };
  });
}

function values(attributes: readonly Attribute[] = []): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? ""]),
  );
}

function epochOf(metrics: readonly Metric[]): number | null {
  const point = metrics.find(({ name }) => name === "taskmon.task.epoch")?.gauge?.dataPoints[0];
  const epoch = point?.asInt ?? point?.asDouble;
  return epoch === undefined ? null : Number(epoch);
}

/** Those on the shop's routes: scrapes are requests too, but have no route. */
function requestsOf(metrics: readonly Metric[]): number {
  return metrics
    .filter(({ name }) => name === "http.server.request.duration")
    .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
    .filter(({ attributes }) => values(attributes)["http.route"] !== undefined)
    .reduce((sum, { count = 0 }) => sum + Number(count), 0);
}
