import type { Health } from "../health/index.ts";
import type { FastifyDrainOptions } from "./options.ts";

/** The part of a Fastify instance that we need to close it. */
export interface ClosingFastify {
  readonly server: { readonly listening: boolean; closeAllConnections?(): void };
  addHook(name: "onReady" | "preClose" | "onClose", hook: () => Promise<void>): unknown;
  /** From avvio, which boots Fastify: callbacks run in reverse order when the application closes. */
  onClose?(step: () => Promise<void>): unknown;
}

/**
 * Lets readiness fail when the application closes, and holds the end up for `delayMs`, in which every
 * request is still answered. After `closeTimeoutMs` more, open connections are cut off.
 */
export function drainOnClose(
  fastify: ClosingFastify,
  health: Health,
  { delayMs, closeTimeoutMs, clock }: Required<FastifyDrainOptions>,
): void {
  const { server } = fastify;
  let keep = (): void => {};
  const begin = async (): Promise<void> => {
    health.startDraining();
    if (!server.listening) return;
    await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    keep = clock.after(closeTimeoutMs, () => server.closeAllConnections?.());
  };
  // From its `preClose` hooks on, Fastify answers every request with 503. Its own end is the last step that
  // is given before it is ready, so a step that is given then comes before it.
  fastify.addHook("onReady", async () => void fastify.onClose?.(begin));
  fastify.addHook("onClose", async () => keep());
}
