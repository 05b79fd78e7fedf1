export { adminFetch, adminHandler, adminPlugin } from "./handlers.ts";
export type {
  AdminApp,
  AdminAppView,
  AdminConfigView,
  AdminServiceView,
  AdminTaskmon,
} from "./host.ts";
export type { AdminCertificate, AdminOptions, AdminToken } from "./options.ts";
export type { Role } from "./roles.ts";
export { type AdminServer, startAdmin, type StartAdminOptions } from "./start-admin.ts";
