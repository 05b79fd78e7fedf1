/** What someone may do; each may do what those before it may. */
export type Role = "reader" | "operator" | "admin";

/** From the one that may do the least. */
export const ROLES: readonly [Role, ...Role[]] = ["reader", "operator", "admin"];

/** Whether `role` may do what `needed` may. Nobody has no role. */
export function mayDo(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
