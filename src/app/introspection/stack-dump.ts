/** A diagnostic report of Node.js, as far as it is safe to show. */
export type DiagnosticReport = Readonly<Record<string, unknown>>;

/** What may hold a secret: variables of the environment, and arguments of the command line. */
const SECRET_PARTS = ["environmentVariables", "userLimits", "sharedObjects"] as const;
const SECRET_HEADERS = ["commandLine", "networkInterfaces", "cwd"] as const;

/**
 * The diagnostic report of this process: the stacks of the main thread and of each worker, memory, and
 * what the event loop waits for. It has no environment, no command line and no network address.
 * It takes some milliseconds.
 */
export function diagnosticReport(): DiagnosticReport {
  // Node.js' types do not know `excludeNetwork` yet.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  const { excludeEnv, excludeNetwork } = report;
  let full: Record<string, unknown>;
  try {
    report.excludeEnv = true;
    report.excludeNetwork = true;
    full = report.getReport() as Record<string, unknown>;
  } finally {
    report.excludeEnv = excludeEnv;
    report.excludeNetwork = excludeNetwork;
  }
  return withoutSecrets(full);
}

/**
 * The stacks of all threads as text, with what the event loop of each waits for: what a Go process says
 * with the stacks of its goroutines.
 */
export function stackDump(): string {
  return dumpOf("main thread", diagnosticReport());
}

function withoutSecrets(report: Readonly<Record<string, unknown>>): DiagnosticReport {
  const safe: Record<string, unknown> = { ...report };
  for (const part of SECRET_PARTS) delete safe[part];
  const header = { ...(safe["header"] as Record<string, unknown> | undefined) };
  for (const part of SECRET_HEADERS) delete header[part];
  const workers = (safe["workers"] ?? []) as readonly Record<string, unknown>[];
  return { ...safe, header, workers: workers.map(withoutSecrets) };
}

function dumpOf(thread: string, report: DiagnosticReport): string {
  const { message = "", stack = [] } = (report["javascriptStack"] ?? {}) as {
    readonly message?: string;
    readonly stack?: readonly string[];
  };
  const handles = (report["libuv"] ?? []) as readonly {
    readonly type: string;
    readonly is_active?: boolean;
  }[];
  const active = Map.groupBy(
    handles.filter(({ is_active }) => is_active === true),
    ({ type }) => type,
  );
  const waits = [...active].map(([type, all]) => `${type} ${all.length}`).join(", ");
  const workers = (report["workers"] ?? []) as readonly DiagnosticReport[];
  const lines = [
    `${thread}: ${message}`,
    ...stack.map((frame) => `    ${frame}`),
    `    waits for: ${waits || "nothing"}`,
    ...workers.map((worker, index) => dumpOf(`worker ${index + 1}`, worker)),
  ];
  return lines.join("\n");
}
