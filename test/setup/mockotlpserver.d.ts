/** The part of `@elastic/mockotlpserver` that the tests use; it brings no types of its own. */
declare module "@elastic/mockotlpserver" {
  export class MockOtlpServer {
    constructor(options: {
      readonly logLevel?: "fatal" | "error" | "warn" | "info";
      readonly services?: readonly ("http" | "grpc" | "ui")[];
      readonly httpHostname?: string;
      readonly httpPort?: number;
      /** Receives a decoded request, in the form of its encoding. */
      readonly onMetrics?: (request: object) => void;
      readonly onLogs?: (request: object) => void;
    });
    /** Set once started: `http://127.0.0.1:…` */
    readonly httpUrl: string;
    start(): Promise<void>;
    close(): Promise<void>;
  }

  /** The same form for every encoding, with `attributes` as plain objects. */
  export function normalizeMetrics(request: object): unknown;
  export function normalizeLogs(request: object): unknown;
}
