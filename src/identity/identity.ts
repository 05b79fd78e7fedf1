import type { Environment } from "../shared/environment.ts";
import { optionsObject, textOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { resourceAttributesFromEnv } from "../shared/environment.ts";
import { type IdInput, idOfText, parseId } from "./id.ts";

/** The app and release that this process runs, and the id of this run. */
export interface Identity {
  /** The domain that the app belongs to; zero if not given. */
  readonly domain: bigint;
  /** The app; zero if not given. */
  readonly app: bigint;
  /** The release of the app; zero if not given. */
  readonly release: bigint;
  /** This run of the process: the id of `instanceId`, so new at every start; never zero. */
  readonly instance: bigint;
  /** The process's own unique id as text, under which it asks for its task number. */
  readonly instanceId: string;
  /** The domain's readable name: `service.namespace`. */
  readonly namespace?: string;
  /** The release's readable name: `service.version`. */
  readonly version?: string;
}

/** The identity as you give it; the environment fills in what is missing. */
export interface IdentityOptions {
  /** @default `TASKMON_DOMAIN_ID`, then zero */
  readonly domain?: IdInput;
  /** @default `TASKMON_APP_ID`, then zero */
  readonly app?: IdInput;
  /** @default `TASKMON_RELEASE_ID`, then zero */
  readonly release?: IdInput;
  /** @default `service.namespace` of `OTEL_RESOURCE_ATTRIBUTES`, then none */
  readonly namespace?: string;
  /** @default `service.version` of `OTEL_RESOURCE_ATTRIBUTES`, then none */
  readonly version?: string;
}

/**
 * The identity from the options, then the environment.
 * @param instanceId unique for this run of the process; a random UUID where it is left out. Host
 *   name and process id are not unique: containers share them. A function is asked when the id is first
 *   read; where it fails, that is reported, and a random UUID takes its place.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function resolveIdentity(
  options?: IdentityOptions,
  instanceId?: string | (() => string),
  env: Environment = process.env,
): Identity {
  const given = optionsObject("identity", options, [
    "domain",
    "app",
    "release",
    "namespace",
    "version",
  ]);
  const attributes = resourceAttributesFromEnv(env);
  const id = (name: "domain" | "app" | "release"): bigint => {
    if (given[name] !== undefined) return parseId(`identity.${name}`, given[name]);
    const variable = `TASKMON_${name.toUpperCase()}_ID`;
    const text = env[variable]?.trim();
    return text ? parseId(variable, text) : 0n;
  };
  const unique = uniqueId(instanceId);
  const namespace = given.namespace ?? attributes["service.namespace"];
  const version = given.version ?? attributes["service.version"];
  return {
    domain: id("domain"),
    app: id("app"),
    release: id("release"),
    get instance() {
      return idOfText(unique());
    },
    get instanceId() {
      return unique();
    },
    ...(namespace !== undefined && { namespace: textOption("identity.namespace", namespace) }),
    ...(version !== undefined && { version: textOption("identity.version", version) }),
  };
}

/** The process's own id: the one given, or what the function given says when it is first asked for. */
function uniqueId(given: string | (() => string) | undefined): () => string {
  if (typeof given !== "function") {
    const known =
      given === undefined
        ? process.getBuiltinModule("node:crypto").randomUUID()
        : textOption("instanceId", given);
    return () => known;
  }
  let known: string | undefined;
  return () => {
    if (known !== undefined) return known;
    try {
      known = textOption("instanceId", given());
    } catch (error) {
      known = process.getBuiltinModule("node:crypto").randomUUID();
      createReporter("taskmon").errorOnce(
        "instanceId",
        `The option instanceId failed; this process calls itself ${known}`,
        error,
      );
    }
    return known;
  };
}
