/** A user name and password. */
export interface UrlUser {
  readonly name: string;
  readonly password: string;
}

/** The user in a URL; undefined if it has none. */
export function userOf({ username, password }: URL): UrlUser | undefined {
  if (username === "" && password === "") return undefined;
  return { name: decoded(username), password: decoded(password) };
}

/** The URL without its user: to show it, and for `fetch`, which rejects a user. */
export function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}

/** The value of `Authorization` and `Proxy-Authorization` by RFC 7617. */
export function basicAuthorization({ name, password }: UrlUser): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** A URL may contain a lone `%`, which stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
