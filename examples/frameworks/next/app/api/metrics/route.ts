import { reader } from "../../../telemetry.ts";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export function GET(request: Request): Promise<Response> {
  return reader.respond(request);
}
