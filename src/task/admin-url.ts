import { InvalidOptionError } from "../shared/errors.ts";

/** Longer addresses are refused from the caller, and left out when they come from a store. */
const MAX_LENGTH = 1_000;

/**
 * Checks the address of a status page that a caller gives: a web page, with no user name or password in it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function adminUrlOption(option: string, url: unknown): string {
  const address = readAdminUrl(url);
  if (address !== undefined) return address;
  const expected = `an http or https address of at most ${MAX_LENGTH} characters without a password`;
  throw new InvalidOptionError(option, expected, typeof url === "string" ? "another text" : url);
}

/** Checks an address that came from a store, which is not trusted; undefined when it is not a valid one. */
export function readAdminUrl(url: unknown): string | undefined {
  if (typeof url !== "string" || url.length > MAX_LENGTH || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  return username === "" && password === "" && href.length <= MAX_LENGTH ? href : undefined;
}

/** The announced addresses that were not withdrawn; the latest one is used. */
export class AnnouncedPages {
  readonly #addresses = new Map<symbol, string>();

  get latest(): string | undefined {
    return [...this.#addresses.values()].at(-1);
  }

  /**
   * @returns a function that withdraws it, and returns whether it was still announced
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  add(adminUrl: string): () => boolean {
    const by = Symbol("page");
    this.#addresses.set(by, adminUrlOption("adminUrl", adminUrl));
    return () => this.#addresses.delete(by);
  }
}
