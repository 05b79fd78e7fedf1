// The numbers of the fields, from prometheus/client_model, io/prometheus/client/metrics.proto.

export const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;

export const TYPES = { counter: 0, gauge: 1, histogram: 4 } as const;

export const METRIC = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;

export const PAIR = { name: 1, value: 2 } as const;

export const GAUGE = { value: 1 } as const;

export const COUNTER = { value: 1, exemplar: 2, created: 3 } as const;

export const HISTOGRAM = {
  count: 1,
  sum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  negativeSpan: 9,
  negativeDelta: 10,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
  exemplars: 16,
} as const;

export const BUCKET = { count: 1, bound: 2, exemplar: 3 } as const;

export const SPAN = { offset: 1, length: 2 } as const;

export const EXEMPLAR = { label: 1, value: 2, time: 3 } as const;

export const TIMESTAMP = { seconds: 1, nanos: 2 } as const;
