/** Chains are followed no further than this: an error may be its own cause. */
const MAX_LINKS = 100;

/** An error, its causes, and the errors of an AggregateError with theirs, each once, outermost first. */
export function* chainOf(error: unknown): Iterable<unknown> {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && seen.size < MAX_LINKS) {
    const next = waiting.shift();
    if (next === undefined || next === null || seen.has(next)) continue;
    seen.add(next);
    yield next;
    if (!(next instanceof Error)) continue;
    waiting.push(next.cause);
    if (next instanceof AggregateError) waiting.push(...next.errors.slice(0, MAX_LINKS));
  }
}

/** The stack of an error with those of its causes below, as Node.js prints them. */
export function stackOf(error: Error): string {
  const [first, ...causes] = chainOf(error);
  const lines = [textOf(first)];
  for (const cause of causes) lines.push(`Caused by: ${textOf(cause)}`);
  return lines.join("\n");
}

function textOf(link: unknown): string {
  if (!(link instanceof Error)) return String(link);
  return link.stack ?? `${link.name}: ${link.message}`;
}
