export { type PromClientBridge, promClientBridge, type PromClientBridgeOptions } from "./bridge.ts";
export type { PromRegistry } from "./registry.ts";
