// Imports what its arguments name, and prints what the process has more of after that.

interface State {
  readonly globals: readonly string[];
  readonly listeners: readonly string[];
  readonly resources: readonly string[];
}

function state(): State {
  const emitters = [process, process.stdin, process.stdout, process.stderr];
  return {
    globals: Reflect.ownKeys(globalThis).map(String),
    listeners: emitters.flatMap((emitter) =>
      emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`),
    ),
    resources: process.getActiveResourcesInfo(),
  };
}

function more(after: readonly string[], before: readonly string[]): string[] {
  return after.filter((name) => !before.includes(name));
}

// What the first import of anything brings.
await import("node:path");
const before = state();
for (const name of process.argv.slice(2)) await import(name);
const after = state();
const { moduleLoadList = [] } = process as { readonly moduleLoadList?: readonly string[] };
console.log(
  JSON.stringify({
    globals: more(after.globals, before.globals),
    listeners: more(after.listeners, before.listeners),
    resources: more(after.resources, before.resources),
    undici: moduleLoadList.some((name) => name.endsWith("internal/deps/undici/undici")),
  }),
);
