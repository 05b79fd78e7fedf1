import type { ServerTls } from "../serve/tls.ts";
import { createReporter } from "../shared/report.ts";

/** Keys and certificates that are renewed while the server runs. */
export class RenewedTls {
  readonly #read: () => ServerTls;
  readonly #refreshMs: number;
  readonly #use: (tls: ServerTls) => void;
  readonly #report = createReporter("admin");
  #current: ServerTls;
  #readAtMs = performance.now();

  /** @param use takes what differs from before; throws where it is wrong */
  constructor(
    tls: ServerTls | (() => ServerTls),
    refreshMs: number,
    use: (tls: ServerTls) => void,
  ) {
    this.#read = typeof tls === "function" ? tls : () => tls;
    this.#refreshMs = refreshMs;
    this.#use = use;
    this.#current = this.#read();
  }

  get current(): ServerTls {
    return this.#current;
  }

  /** Reads them again, unless that was done a short while ago. Never throws: the old ones stay. */
  renewIfDue(): void {
    if (performance.now() - this.#readAtMs < this.#refreshMs) return;
    try {
      this.renew();
      this.#report.recovered("tls", "The certificates of the status page can be read again");
    } catch (error) {
      this.#report.errorOnce("tls", "The certificates of the status page cannot be renewed", error);
    }
  }

  /** Reads them again now. @throws what the reader or TLS throws; the old ones stay */
  renew(): void {
    this.#readAtMs = performance.now();
    const fresh = this.#read();
    if (isSame(this.#current, fresh)) return;
    this.#use(fresh);
    this.#current = fresh;
  }
}

function isSame(a: ServerTls, b: ServerTls): boolean {
  const text = ({ key, cert, passphrase, clientCa }: ServerTls): string =>
    [key, cert, passphrase, clientCa].map(String).join("\n");
  return text(a) === text(b);
}
