import { activeResources, type HeapField, heapSpaces } from "../specs.ts";
import type { SourceKind } from "./source.ts";

const FIELDS = Object.keys(heapSpaces) as HeapField[];

/** V8's heap spaces, and the resources that keep the event loop alive. */
export const heapSource: SourceKind = {
  specs: [...Object.values(heapSpaces), activeResources],
  start(registry) {
    const { getHeapSpaceStatistics } = process.getBuiltinModule("node:v8");
    const gauges = FIELDS.map((field) => [field, registry.gauge(heapSpaces[field])] as const);
    const resources = registry.gauge(activeResources);
    const types = new Set<string>();
    return {
      read() {
        for (const space of getHeapSpaceStatistics()) {
          const labels = { "v8js.heap.space.name": space.space_name };
          for (const [field, gauge] of gauges) gauge.set(space[field], labels);
        }
        const active = Map.groupBy(process.getActiveResourcesInfo(), (type) => type);
        for (const type of active.keys()) types.add(type);
        // A type without resources becomes zero.
        for (const type of types) {
          resources.set(active.get(type)?.length ?? 0, { "v8js.resource.type": type });
        }
      },
    };
  },
};
