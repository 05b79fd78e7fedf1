import type { AttachableReader } from "../sdk/types.ts";

/** What is to be done when a reader's Taskmon ends. */
type EndHook = () => Promise<void>;

const hooks = new WeakMap<AttachableReader, Set<EndHook>>();

/**
 * Has `hook` called when the Taskmon that the reader is attached to ends, as its last export: for a pull
 * reader whose last values somebody else must come to know. It must not reject.
 * @returns a function that ends it
 */
export function onReaderEnd(reader: AttachableReader, hook: EndHook): () => void {
  const all = hooks.get(reader) ?? new Set();
  hooks.set(reader, all);
  all.add(hook);
  return () => void all.delete(hook);
}

/** Calls the reader's hooks, and waits for them. */
export async function runEndHooks(reader: AttachableReader): Promise<void> {
  await Promise.all(Array.from(hooks.get(reader) ?? [], (hook) => hook()));
}
