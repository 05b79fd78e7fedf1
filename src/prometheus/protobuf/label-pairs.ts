import type { Label } from "../labels.ts";
import { METRIC, PAIR } from "./fields.ts";
import { Message } from "./message.ts";

/** Encodes labels as fields of a Metric. */
export function labelPairs(labels: readonly Label[]): Buffer {
  const message = new Message();
  for (const [name, value] of labels) message.bytes(METRIC.label, pair(name, value));
  return Buffer.from(message.written);
}

/** Encodes one label. */
export function pair(name: string, value: string): Buffer {
  const message = new Message();
  message.text(PAIR.name, name);
  message.text(PAIR.value, value);
  return message.written;
}
