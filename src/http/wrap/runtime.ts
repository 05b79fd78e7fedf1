/** Whether this is Node.js, whose channels tell of every request; Bun and Deno name themselves beside it. */
export function isNode(versions: NodeJS.ProcessVersions = process.versions): boolean {
  return versions["bun"] === undefined && versions["deno"] === undefined;
}
