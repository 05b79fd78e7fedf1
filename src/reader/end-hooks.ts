import type { AttachableReader } from "../sdk/types.ts";

/** Called when the Taskmon object of a reader ends. */
type EndHook = () => Promise<void>;

const hooks = new WeakMap<AttachableReader, Set<EndHook>>();

/**
 * Calls `hook` when the Taskmon object that attached the reader ends. Use it for a pull reader whose last
 * values must be passed to someone else. It must not reject.
 * @returns a function that removes the hook
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
