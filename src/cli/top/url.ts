import { UsageError } from "../usage-error.ts";

/**
 * The URL that a person means: `host:9464` is `http://host:9464/metrics`.
 * @param path the default path
 * @throws UsageError if it is not a URL
 */
export function urlOf(text: string, path: string): URL {
  const full = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && full !== text) {
    throw new UsageError(`${text.split(":")[0]}: is no scheme of a process: expects http or https`);
  }
  let url: URL;
  try {
    url = new URL(full);
  } catch (error) {
    throw new UsageError(`${JSON.stringify(text)} is no URL`, { cause: error });
  }
  if (url.pathname === "/") url.pathname = path;
  return url;
}
