import { telemetry } from "../../../telemetry.ts";

export const dynamic = "force-dynamic";

export function GET(request: Request): Promise<Response> {
  return telemetry().reader.respond(request);
}
