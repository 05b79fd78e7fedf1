import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process of the shop in `examples/service`. */
export interface ShopProcess {
  readonly pid: number;
  /** Its addresses, once it serves; rejects with what it said if it ends before that. */
  readonly serving: Promise<Addresses>;
  readonly ended: Promise<Ending>;
  signal(signal: NodeJS.Signals): void;
}

export interface Addresses {
  readonly url: string;
  readonly metricsUrl: string;
  /** The status page; absent where `ADMIN_PORT` was not said. */
  readonly pageUrl?: string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SERVICE = new URL("../service/service.ts", import.meta.url).pathname;
const FOLLOW_PARENT = new URL("./follow-parent.ts", import.meta.url).href;
const SERVING =
  /^shop: serving (?<url>\S+), metrics at (?<metricsUrl>[^\s,]+)(?:, page at (?<pageUrl>\S+))?$/;

/**
 * Starts a process of the shop, on free ports unless `env` says which. It ends when this process
 * does, however this one ends.
 * @param env what it is told; `SHOP_PROGRAM`, here or in this process, is another program that is started instead
 * @param onLine gets every line that it prints, but the one that says where it serves
 * @param launcher a command that runs another one, with its arguments: `["nice", "-n", "5"]`
 */
export function startShop(
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => undefined,
  launcher: readonly string[] = [],
): ShopProcess {
  const node = [process.execPath, "--conditions=@taskmon/source", "--import", FOLLOW_PARENT];
  const service = env["SHOP_PROGRAM"] ?? process.env["SHOP_PROGRAM"] ?? SERVICE;
  const [command, ...args] = [...launcher, ...node, service];
  const child = spawn(command, args, {
    // The picture says what the program would.
    env: { ...process.env, TASKMON_LOG: "off", PORT: "0", METRICS_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C in the terminal is for us, and we end the process in our own time.
    detached: true,
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const serving = new Promise<Addresses>((resolve, reject) => {
    let said = "";
    const read = (line: string): void => {
      const addresses = SERVING.exec(line)?.groups;
      if (addresses !== undefined) {
        const { url, metricsUrl, pageUrl } = addresses;
        return resolve({ url: url!, metricsUrl: metricsUrl!, ...(pageUrl && { pageUrl }) });
      }
      said += `\n${line}`;
      onLine(line);
    };
    createInterface({ input: child.stdout! }).on("line", read);
    createInterface({ input: child.stderr! }).on("line", read);
    child.once("error", reject);
    void ended.then(({ code, signal }) =>
      reject(new Error(`A process of the shop ended with ${signal ?? `code ${code}`}${said}`)),
    );
  });
  // Whoever does not ask where it serves need not handle its end either.
  serving.catch(() => undefined);
  return { pid: child.pid!, serving, ended, signal: (signal) => void child.kill(signal) };
}
