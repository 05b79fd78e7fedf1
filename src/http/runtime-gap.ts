/**
 * Returns a sentence about requests that we cannot observe on this runtime, or undefined on Node.js. Bun 1.4
 * and Deno 2.9 publish only some of Node.js's diagnostics channels (test/http/runtimes.test.ts).
 */
export function runtimeGap(
  versions: NodeJS.ProcessVersions = process.versions,
): string | undefined {
  if (versions["bun"] !== undefined) {
    return "Bun publishes no events of its HTTP servers and of fetch; measuredHandler and measuredFetch of taskmon/http measure these requests";
  }
  if (versions["deno"] !== undefined) {
    return "Deno publishes no events of Deno.serve and fetch; measuredHandler and measuredFetch of taskmon/http measure these requests";
  }
  return undefined;
}
