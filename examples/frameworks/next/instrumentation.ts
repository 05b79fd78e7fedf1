// Next.js calls it once, when the server starts.
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { telemetry } = await import("./telemetry.ts");
  telemetry();
}
