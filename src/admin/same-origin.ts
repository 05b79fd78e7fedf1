import type { Asked } from "../serve/answer.ts";

/**
 * Why a request that changes something may come from a page of somebody else; undefined where it does not.
 * Browsers say by `Sec-Fetch-Site` where it comes from (Fetch Metadata, W3C), and by `Origin`, and ask
 * before they send JSON across origins. Programs send neither.
 */
export function foreignOrigin({ header }: Asked): string | undefined {
  const site = header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return "the request comes from another site";
  const origin = header("origin");
  if (origin === undefined) return undefined;
  const host = header("host");
  return URL.canParse(origin) && new URL(origin).host === host
    ? undefined
    : "the request comes from another origin";
}
