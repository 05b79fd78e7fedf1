import { telemetry } from "../../telemetry.ts";

export const dynamic = "force-dynamic";

export function GET(request: Request): Response {
  return telemetry().health(request) ?? new Response(undefined, { status: 404 });
}
