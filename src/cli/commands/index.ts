import type { CommandEntry } from "../command.ts";

/** The commands of the `taskmon` program, in the order of its help. */
export const commands: readonly CommandEntry[] = [
  {
    name: "check",
    summary: "Checks metric spec files",
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "dashboard",
    summary: "Writes a Grafana dashboard",
    load: async () => (await import("./dashboard.ts")).dashboard,
  },
  {
    name: "docs",
    summary: "Writes a Markdown table of the metrics in spec files",
    load: async () => (await import("./docs.ts")).docs,
  },
  {
    name: "doctor",
    summary: "Checks a setup, and says what is wrong and what to do",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "guard",
    summary: "Runs a reverse proxy that wakes sleeping services",
    load: async () => (await import("./guard.ts")).guard,
  },
  {
    name: "housekeep",
    summary: "Frees and assigns task numbers in a store",
    load: async () => (await import("./housekeep.ts")).housekeep,
  },
  {
    name: "id",
    summary: "Prints new 64-bit ids",
    load: async () => (await import("./id.ts")).id,
  },
  {
    name: "init",
    summary: "Writes a first program, which shows its metrics",
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "kubernetes",
    summary: "Writes Kubernetes manifests for scrapes and health",
    load: async () => (await import("./kubernetes.ts")).kubernetes,
  },
  {
    name: "probe",
    summary: "Probes a target once, or watches it",
    load: async () => (await import("./probe.ts")).probe,
  },
  {
    name: "release",
    summary: "Takes a task number from its owner",
    load: async () => (await import("./release.ts")).release,
  },
  {
    name: "rules",
    summary: "Writes recording and alert rules for Prometheus",
    load: async () => (await import("./rules.ts")).rules,
  },
  {
    name: "status",
    summary: "Reports the health of a process, for scripts",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "tasks",
    summary: "Lists who holds which task number",
    load: async () => (await import("./tasks.ts")).tasks,
  },
  {
    name: "top",
    summary: "Shows a fleet in the terminal",
    load: async () => (await import("./top.ts")).top,
  },
  {
    name: "types",
    summary: "Writes TypeScript declarations for a spec file",
    load: async () => (await import("./types.ts")).types,
  },
];
