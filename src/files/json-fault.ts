/** The place where a text stops being valid JSON (RFC 8259), and what is expected there. */
export interface JsonFault {
  readonly offset: number;
  readonly expected: string;
}

/**
 * The first place at which a text is no JSON; undefined for JSON. `JSON.parse` says whether, but not
 * always where.
 */
export function jsonFault(text: string): JsonFault | undefined {
  /** The objects and lists around the place. */
  const open: ("}" | "]")[] = [];
  let state: State = "value";
  let offset = 0;
  for (;;) {
    SPACE.lastIndex = offset;
    SPACE.exec(text);
    offset = SPACE.lastIndex;
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined && offset === text.length && state === "end") return undefined;
    const next: State | undefined = token === undefined ? undefined : step(state, token, open);
    if (next === undefined)
      return { offset, expected: EXPECTED[state].replace("@", open.at(-1) ?? "") };
    state = next;
    offset = TOKEN.lastIndex;
  }
}

type State = "value" | "firstItem" | "firstKey" | "key" | "colon" | "separator" | "end";

const EXPECTED: Readonly<Record<State, string>> = {
  value: "a value",
  firstItem: "a value or ]",
  firstKey: "a key in double quotes or }",
  key: "a key in double quotes",
  colon: ":",
  separator: ", or @",
  end: "nothing more",
};

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  // oxlint-disable-next-line no-control-regex -- a string of JSON holds none
  /[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The state after a token; undefined if the token is not allowed here. */
function step(state: State, token: string, open: ("}" | "]")[]): State | undefined {
  switch (state) {
    case "value":
      return value(token, open);
    case "firstItem":
      return token === "]" ? close(open) : value(token, open);
    case "firstKey":
      return token === "}" ? close(open) : key(token);
    case "key":
      return key(token);
    case "colon":
      return token === ":" ? "value" : undefined;
    case "separator":
      if (token === ",") return open.at(-1) === "}" ? "key" : "value";
      return token === open.at(-1) ? close(open) : undefined;
    case "end":
      return undefined;
  }
}

function value(token: string, open: ("}" | "]")[]): State | undefined {
  if (token === "{") return (open.push("}"), "firstKey");
  if (token === "[") return (open.push("]"), "firstItem");
  if (/^[\]},:]/.test(token)) return undefined;
  return open.length === 0 ? "end" : "separator";
}

function key(token: string): State | undefined {
  return token.startsWith('"') ? "colon" : undefined;
}

function close(open: ("}" | "]")[]): State {
  open.pop();
  return open.length === 0 ? "end" : "separator";
}
