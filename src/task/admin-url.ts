import { InvalidOptionError } from "../shared/errors.ts";

/** Longer ones are refused where they are said, and left out where they are read. */
const MAX_LENGTH = 1_000;

/**
 * The address of a status page as its owner says it: a web page, without a user's name or password in it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function adminUrlOption(option: string, url: unknown): string {
  const address = readAdminUrl(url);
  if (address !== undefined) return address;
  const expected = `an http or https address of at most ${MAX_LENGTH} characters without a password`;
  throw new InvalidOptionError(option, expected, typeof url === "string" ? "another text" : url);
}

/** The address as it came from a store, which is not trusted; undefined where it is no such address. */
export function readAdminUrl(url: unknown): string | undefined {
  if (typeof url !== "string" || url.length > MAX_LENGTH || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  return username === "" && password === "" && href.length <= MAX_LENGTH ? href : undefined;
}

/** The addresses that were announced and not taken back: the latest counts. */
export class AnnouncedPages {
  readonly #addresses = new Map<symbol, string>();

  get latest(): string | undefined {
    return [...this.#addresses.values()].at(-1);
  }

  /**
   * @returns a function that takes it back, and says whether it still stood
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  add(adminUrl: string): () => boolean {
    const by = Symbol("page");
    this.#addresses.set(by, adminUrlOption("adminUrl", adminUrl));
    return () => this.#addresses.delete(by);
  }
}
