/**
 * Whether this is Node.js, whose channels publish every request. Bun and Deno add their own names to
 * `versions`.
 */
export function isNode(versions: NodeJS.ProcessVersions = process.versions): boolean {
  return versions["bun"] === undefined && versions["deno"] === undefined;
}
