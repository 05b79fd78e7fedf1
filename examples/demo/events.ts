/** What happens in the demo, in the order in which it was seen. `--json` prints one a line. */
export type DemoEvent = { readonly atMs: number } & Happening;

/** An event without its time, which is in whole milliseconds since the demo began. */
export type Happening =
  /** The demo has its folder and its OTLP receiver. */
  | {
      readonly event: "opened";
      readonly folder: string;
      readonly otlpUrl: string;
      readonly leaseMs: number;
    }
  /** A part of the story begins. */
  | { readonly event: "chapter"; readonly title: string }
  /** A process was started. */
  | { readonly event: "started"; readonly process: string; readonly pid: number }
  /** A process serves requests, and can be scraped. */
  | {
      readonly event: "serving";
      readonly process: string;
      readonly url: string;
      readonly metricsUrl: string;
      /** Its status page; one process has one. */
      readonly pageUrl?: string;
    }
  /** A process was scraped; what its exposition said. */
  | ({ readonly event: "scraped"; readonly process: string } & Scrape)
  /** A scrape showed another task number than the one before; null: none. */
  | {
      readonly event: "number";
      readonly process: string;
      readonly number: number | null;
      readonly epoch: number | null;
    }
  /** A probe found another state of a process than before: whether it accepts connections. */
  | {
      readonly event: "probed";
      readonly process: string;
      readonly success: boolean;
      readonly durationMs: number;
      /** Why it does not. */
      readonly reason: string | null;
    }
  /** An OTLP request arrived. */
  | ({ readonly event: "exported" } & ReceivedExport)
  /** A process printed a line, as warnings are. */
  | { readonly event: "said"; readonly process: string; readonly line: string }
  /** A process was sent a signal. */
  | {
      readonly event: "signal";
      readonly process: string;
      readonly signal: "SIGTERM" | "SIGKILL";
      /** Requests that the demo had an answer to from this process. */
      readonly answered: number;
    }
  /** A process ended. */
  | {
      readonly event: "ended";
      readonly process: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly answered: number;
    }
  /** The story is told to its end: requests answered, and counted by the receiver. */
  | { readonly event: "finished"; readonly answered: number; readonly counted: number }
  /** No process and no file is left. */
  | { readonly event: "cleaned"; readonly interrupted: boolean };

/** What one scrape of a process's exposition says. */
export interface Scrape {
  /** When the scrape was begun; what it says was true at that time or later. */
  readonly askedAtMs: number;
  /** The task number in `target_info`; null while the process may not rely on one. */
  readonly number: number | null;
  /** The epoch of its grant. */
  readonly epoch: number | null;
  /** How long the process may rely on the number if no heartbeat gets through any more. */
  readonly leaseMs: number | null;
  /** Requests served on the shop's routes, and how long they took on average. */
  readonly requests: number;
  readonly meanMs: number | null;
}

/** What one OTLP request says. */
export interface ReceivedExport {
  /** `taskmon.task.number` of the resource; null where it has none. */
  readonly number: number | null;
  /** `taskmon.task.epoch`, which tells apart the processes that had the number one after another. */
  readonly epoch: number | null;
  /** `service.instance.id` of the resource. */
  readonly instanceId: string | null;
  /** Requests served on the shop's routes since the process began. */
  readonly requests: number;
}
