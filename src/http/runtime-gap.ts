/**
 * What another runtime than Node.js does not let us measure of requests, as a sentence; undefined where that is
 * nothing. Bun 1.4 and Deno 2.9 publish only some of Node.js's diagnostics channels (test/http/runtimes.test.ts).
 */
export function runtimeGap(
  versions: NodeJS.ProcessVersions = process.versions,
): string | undefined {
  if (versions["bun"] !== undefined) {
    return "Bun publishes no events of its HTTP servers and of fetch, so these requests are not measured";
  }
  if (versions["deno"] !== undefined) {
    return "Deno publishes no events of fetch, so these requests are not measured; those of servers are";
  }
  return undefined;
}
