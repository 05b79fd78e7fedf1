import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError, SECRET } from "../shared/errors.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../shared/events.ts";
import {
  choiceOption,
  keysOf,
  methodsOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";
import type { AdminApp } from "./host.ts";
import { type Role, ROLES } from "./roles.ts";

/** Options of the status page and its API. */
export interface AdminOptions {
  /** An app of `taskmon/app`: the page shows its services and can control them. @default none */
  readonly app?: AdminApp;
  /** The path of the page, with a slash at its end: `/admin/`. @default "/" */
  readonly path?: string;
  /** The role of a visitor without a token or certificate; `nobody` sees nothing. @default "reader" */
  readonly anyone?: "nobody" | "reader";
  /** The tokens that give a higher role. @default nobody */
  readonly tokens?: readonly AdminToken[];
  /**
   * The names in client certificates that give a higher role, if the server asks for certificates.
   * @default nobody
   */
  readonly certificates?: readonly AdminCertificate[];
  /**
   * The action `kill`. @default the app's `kill`; without an app a SIGTERM to this process
   */
  readonly kill?: (reason: string) => void;
  /** Receives an event for each action: an OpenTelemetry Logger or LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /** Hides further secrets in a text before it is shown. @default hides only what looks like a secret */
  readonly redact?: (text: string) => string;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** A token that is sent as `Authorization: Bearer …`, or as the password that a browser asks for. */
export interface AdminToken {
  /** At least 16 characters. */
  readonly token: string;
  readonly role: Role;
  /** Who has it, for the events. @default `token <n>` */
  readonly name?: string;
}

/** A name in a client certificate. */
export interface AdminCertificate {
  /** A subject alternative name as OpenSSL writes it: `URI:spiffe://prod/ops`, `DNS:ops.example`. */
  readonly san: string;
  readonly role: Role;
}

/** The options, checked. */
export interface AdminSettings {
  readonly app: AdminApp | undefined;
  readonly path: string;
  readonly anyone: Role | undefined;
  readonly tokens: readonly Required<AdminToken>[];
  readonly certificates: readonly AdminCertificate[];
  readonly kill: (reason: string) => void;
  readonly events: EventSink | EventSinkProvider | undefined;
  readonly redact: (text: string) => string;
  readonly clock: Clock;
}

/** The names of the options. */
export const ADMIN_OPTIONS: readonly (keyof AdminOptions)[] = keysOf<AdminOptions>({
  ...{ app: true, path: true, anyone: true, tokens: true, certificates: true },
  ...{ kill: true, events: true, redact: true, clock: true },
});

const MIN_TOKEN_LENGTH = 16;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function adminSettings(options: AdminOptions | undefined): AdminSettings {
  const given = optionsObject<AdminOptions>("admin", options, ADMIN_OPTIONS);
  const app = given.app && methodsOption("admin.app", given.app, ["view", "kill"]);
  const anyone = choiceOption("admin.anyone", given.anyone, ["reader", "nobody"]);
  const { redact = (text) => text, kill = killer(app) } = given;
  for (const [name, value] of Object.entries({ redact, kill })) {
    if (typeof value !== "function") {
      throw new InvalidOptionError(`admin.${name}`, "a function", value);
    }
  }
  return {
    ...{ app, kill, redact, anyone: anyone === "nobody" ? undefined : anyone },
    path: pathOption(given.path ?? "/"),
    tokens: listOption("admin.tokens", given.tokens).map(tokenOption),
    certificates: listOption("admin.certificates", given.certificates).map(certificateOption),
    events: eventsOption("admin.events", given.events),
    clock: given.clock ?? systemClock(),
  };
}

function killer(app: AdminApp | undefined): (reason: string) => void {
  return app === undefined
    ? () => void process.kill(process.pid, "SIGTERM")
    : (reason) => app.kill(reason);
}

function pathOption(path: unknown): string {
  const text = textOption("admin.path", path);
  if (!/^\/(?:[\w.~-]+\/)*$/.test(text)) {
    throw new InvalidOptionError("admin.path", "a path between slashes, such as /admin/", path);
  }
  return text;
}

function listOption<T>(option: string, list: readonly T[] | undefined): readonly T[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new InvalidOptionError(option, "a list", list);
  return list as readonly T[];
}

function tokenOption(given: AdminToken, index: number): Required<AdminToken> {
  const option = `admin.tokens[${index}]`;
  const { token, role, name } = optionsObject(option, given, ["token", "role", "name"]);
  if (typeof token !== "string" || token.trim() !== token || token.length < MIN_TOKEN_LENGTH) {
    const expected = `a text of at least ${MIN_TOKEN_LENGTH} characters without blanks around it`;
    throw new InvalidOptionError(`${option}.token`, expected, SECRET);
  }
  return {
    token,
    role: roleOption(`${option}.role`, role),
    name: textOption(`${option}.name`, name ?? `token ${index + 1}`),
  };
}

function certificateOption(given: AdminCertificate, index: number): AdminCertificate {
  const option = `admin.certificates[${index}]`;
  const { san, role } = optionsObject(option, given, ["san", "role"]);
  const name = textOption(`${option}.san`, san, 1_000);
  if (!/^(?:DNS|URI|email|IP Address|DirName|Registered ID):./.test(name)) {
    throw new InvalidOptionError(`${option}.san`, "a name such as URI:spiffe://prod/ops", san);
  }
  return { san: name, role: roleOption(`${option}.role`, role) };
}

function roleOption(option: string, role: unknown): Role {
  // Left out, it would be the first one.
  if (role === undefined) throw new InvalidOptionError(option, `one of ${ROLES.join(", ")}`, role);
  return choiceOption(option, role, ROLES);
}
