/** The roles; each also may do everything that the roles before it may. */
export type Role = "reader" | "operator" | "admin";

/** In ascending order of rights. */
export const ROLES: readonly [Role, ...Role[]] = ["reader", "operator", "admin"];

/** Whether `role` may do what `needed` may. Nobody has no role. */
export function mayDo(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
