import { createReporter } from "../shared/report.ts";

/** The parts of a process that can be observed. */
export type Observed = "server" | "client" | "fetch";

/** Observes a part of the process, or waits for its turn. */
export interface Claimant {
  /** Starts to observe, because nobody else does now. Must not throw. */
  begin(): void;
}

/** On the global object, because a process may load this package twice. */
const CLAIMS = Symbol.for("taskmon.http.observers");

const report = createReporter("http");

/**
 * Claims a part of the process. Only one instrumentation may observe it, because each would count every
 * request. The first one that is enabled observes. The next one starts when that one stops.
 */
export function claim(observed: Observed, claimant: Claimant): void {
  const claims = claimsOf(observed);
  if (claims.includes(claimant)) return;
  claims.push(claimant);
  if (claims[0] === claimant) claimant.begin();
  else {
    report.warnOnce(
      "observed already",
      "Another Taskmon object of this process already measures its HTTP requests. This one measures " +
        "none until the other one is shut down. Pass http: false to all but one",
    );
  }
}

/** Releases a claim. Idempotent. */
export function release(observed: Observed, claimant: Claimant): void {
  const claims = claimsOf(observed);
  const index = claims.indexOf(claimant);
  if (index === -1) return;
  claims.splice(index, 1);
  if (index === 0) claims[0]?.begin();
}

function claimsOf(observed: Observed): Claimant[] {
  const holder = globalThis as { [CLAIMS]?: Map<Observed, Claimant[]> };
  const all = (holder[CLAIMS] ??= new Map<Observed, Claimant[]>());
  let claims = all.get(observed);
  if (claims === undefined) all.set(observed, (claims = []));
  return claims;
}
