import { setTimeout as sleep } from "node:timers/promises";

/** Requests under way to one process. */
export interface Traffic {
  /** How many were answered so far. */
  readonly answered: number;
  /** Begins no further request; settles when the last one has its answer. */
  stop(): Promise<void>;
}

const PAUSE_MS = 20;

/** What customers do, ten requests a round: mostly look, sometimes buy. One in ten meets a failure. */
const ROUND: readonly ((count: number) => [path: string, init?: RequestInit])[] = [
  (count) => [`/orders/${count}`],
  () => ["/orders", order("EUR", "web")],
  (count) => [`/orders/${count}`],
  (count) => [`/orders/${count}`],
  (count) => [`/invoices/${count}`],
  (count) => [`/orders/${count}`],
  () => ["/orders", order("USD", "app")],
  (count) => [`/orders/${count}`],
  () => ["/broken"],
  (count) => [`/orders/${count}`],
];

/** Sends requests to the service at `url`, one after another, until it is stopped or nobody answers. */
export function sendTraffic(url: string): Traffic {
  let answered = 0;
  const stopped = new AbortController();
  const send = async (): Promise<void> => {
    for (let count = 0; !stopped.signal.aborted; count++) {
      const [path, init] = ROUND[count % ROUND.length]!(count);
      const response = await fetch(url + path, init);
      await response.arrayBuffer();
      answered += 1;
      await sleep(PAUSE_MS);
    }
  };
  // It rejects when the process is killed.
  const done = send().catch(() => undefined);
  return {
    get answered() {
      return answered;
    },
    stop() {
      stopped.abort();
      return done;
    },
  };
}

function order(currency: string, channel: string): RequestInit {
  return { method: "POST", body: JSON.stringify({ currency, channel }) };
}
