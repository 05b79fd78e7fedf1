import { createReporter } from "../shared/report.ts";

/** What is observed of a process. */
export type Observed = "server" | "client" | "fetch";

/** Who observes, or would. */
export interface Claimant {
  /** Begins to observe, now that no other does. Must not throw. */
  begin(): void;
}

/** On the global object, as a process may load this package twice. */
const CLAIMS = Symbol.for("taskmon.http.observers");

const report = createReporter("http");

/**
 * The requests of a process are observed once, however many instrumentations there are: each of them
 * would count every request. The first that is enabled observes; the next one begins when it ends.
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

/** Takes the claim back. Idempotent. */
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
