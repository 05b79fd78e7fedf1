import type { Program } from "./programs.ts";

/** What the probe of ICMP starts. */
export const pingPrograms: readonly Program[] = [{ name: "ping", apt: "iputils-ping" }];
