import { type Fields, fieldsOf, objectsIn } from "../../files/fields.ts";

/** An unchecked metric of a spec file, in one of the two forms. */
export interface Entry {
  readonly kind: unknown;
  /** The fields of the metric, by their names in a declaration in code. Ids are as in the file. */
  readonly input: Fields;
  /** The JSON pointer of the whole entry. */
  readonly pointer: string;
  /** The JSON pointer of each field that the entry has. */
  readonly pointers: Readonly<Record<string, string>>;
}

/** The lists of the `MetricSpecs` message, in the order in which OysterPack loads them. */
const LISTS = {
  counterSpecs: { kind: "counter", vector: false },
  counterVectorSpecs: { kind: "counter", vector: true },
  gaugeSpecs: { kind: "gauge", vector: false },
  gaugeVectorSpecs: { kind: "gauge", vector: true },
  histogramSpecs: { kind: "histogram", vector: false },
  histogramVectorSpecs: { kind: "histogram", vector: true },
} as const;

/** Returns the metrics of a file: first those of `metrics`, then those of the six lists in `metricSpecs`. */
export function entriesOf(file: Fields): Entry[] {
  const lists = fieldsOf(file["metricSpecs"]);
  return [
    ...objectsIn(file["metrics"], "/metrics").map(ownEntry),
    ...Object.entries(LISTS).flatMap(([name, { kind, vector }]) =>
      objectsIn(lists[name], `/metricSpecs/${name}`).map(([pointer, item]) =>
        vector ? vectorEntry(kind, pointer, item) : scalarEntry(kind, pointer, item),
      ),
    ),
  ];
}

function ownEntry([pointer, item]: [string, Fields]): Entry {
  const { kind, ...input } = item;
  return { kind, input, pointer, pointers: pointersOf(input, pointer) };
}

function scalarEntry(kind: string, pointer: string, item: Fields): Entry {
  const { serviceId, metricId, ...rest } = item;
  const { serviceId: service, metricId: id, ...pointers } = pointersOf(item, pointer);
  return {
    kind,
    input: { ...rest, service: serviceId, id: metricId },
    pointer,
    pointers: { ...pointers, ...(service && { service }), ...(id && { id }) },
  };
}

function vectorEntry(kind: string, pointer: string, item: Fields): Entry {
  const scalar = scalarEntry(kind, `${pointer}/metricSpec`, fieldsOf(item["metricSpec"]));
  return {
    ...scalar,
    input: { ...scalar.input, labels: item["labelNames"] },
    pointer,
    pointers: {
      ...scalar.pointers,
      ...("labelNames" in item && { labels: `${pointer}/labelNames` }),
    },
  };
}

function pointersOf(fields: Fields, pointer: string): Record<string, string> {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, `${pointer}/${key}`]));
}
