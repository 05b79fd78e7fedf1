import { formatId } from "../../identity/id.ts";
import { TaskmonError } from "../../shared/errors.ts";

/** Services cannot be ordered: one is missing, or they depend on each other in a cycle. */
export class ServiceGraphError extends TaskmonError {
  readonly code = "ERR_TASKMON_SERVICE_GRAPH";
}

/** A service and its dependencies. */
export interface GraphNode {
  readonly id: bigint;
  readonly name: string;
  readonly dependsOn: readonly bigint[];
}

/**
 * Sorts the nodes so that each comes after its dependencies, and otherwise keeps their order.
 * @throws ServiceGraphError `ERR_TASKMON_SERVICE_GRAPH` names what is missing, or the whole circle
 */
export function inOrder<N extends GraphNode>(nodes: readonly N[]): N[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const order = new Set<N>();
  const visit = (node: N, path: readonly N[]): void => {
    if (order.has(node)) return;
    if (path.includes(node)) {
      const circle = [...path.slice(path.indexOf(node)), node].map(({ name }) => name);
      throw new ServiceGraphError(`Services wait for each other: ${circle.join(" → ")}`);
    }
    for (const id of node.dependsOn) {
      const needed = byId.get(id);
      if (needed === undefined) {
        throw new ServiceGraphError(
          `Service ${node.name} depends on 0x${formatId(id)}, which is not registered`,
        );
      }
      visit(needed, [...path, node]);
    }
    order.add(node);
  };
  for (const node of nodes) visit(node, []);
  return [...order];
}

/** For each node, the nodes that depend on it. */
export function dependentsOf<N extends GraphNode>(nodes: readonly N[]): Map<bigint, N[]> {
  const dependents = new Map<bigint, N[]>(nodes.map(({ id }) => [id, []]));
  for (const node of nodes) for (const id of node.dependsOn) dependents.get(id)?.push(node);
  return dependents;
}

/**
 * The chain of nodes that made the whole take as long as it took: each began when the one before was
 * done.
 * @param nodes in order
 * @param durationMs how long each took
 */
export function criticalPath<N extends GraphNode>(
  nodes: readonly N[],
  durationMs: (node: N) => number,
): { readonly path: readonly N[]; readonly totalMs: number } {
  const ends = new Map<bigint, { readonly path: readonly N[]; readonly totalMs: number }>();
  let longest: { readonly path: readonly N[]; readonly totalMs: number } = { path: [], totalMs: 0 };
  for (const node of nodes) {
    let before: typeof longest = { path: [], totalMs: 0 };
    for (const id of node.dependsOn) {
      const end = ends.get(id);
      if (end !== undefined && end.totalMs >= before.totalMs) before = end;
    }
    const end = { path: [...before.path, node], totalMs: before.totalMs + durationMs(node) };
    ends.set(node.id, end);
    if (end.totalMs >= longest.totalMs) longest = end;
  }
  return longest;
}
