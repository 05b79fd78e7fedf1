import { type Fields, fieldsOf } from "../../files/fields.ts";
import type { SpecProblem } from "../../files/problem.ts";
import type { Source } from "../../files/source.ts";
import { describe } from "../../shared/errors.ts";
import { type ServiceOptions, serviceSettings } from "../options.ts";
import type { Trigger } from "../trigger.ts";
import { compoundTrigger } from "../triggers/compound.ts";
import { delayTrigger } from "../triggers/delay.ts";
import { execTrigger } from "../triggers/exec.ts";
import { rateLimitTrigger } from "../triggers/rate-limit.ts";
import { type MonitorEntry, type Say, tryMake } from "./entry.ts";
import { goDurationMs } from "./go-duration.ts";

/** Whether a file has pullcord's format: a configuration with resources, one resource, or one service. */
export function isPullcord({ value }: Source): boolean {
  const keys = new Set(Object.keys(fieldsOf(value)).map((key) => key.toLowerCase()));
  const isResource = keys.has("type") && keys.has("data");
  return isResource || keys.has("resources") || keys.has("graceperiod");
}

/**
 * The services in pullcord's own JSON; everything else in it is skipped. If a service is a resource, it gets
 * the resource's name. If it is inside another resource, its name is the path of keys, joined with dots. If
 * the whole file is one service, it gets the file's name.
 */
export function readPullcord(source: Source): {
  readonly entries: readonly MonitorEntry[];
  readonly problems: readonly SpecProblem[];
} {
  const problems: SpecProblem[] = [];
  const reader = new PullcordReader(source, (pointer, message) =>
    problems.push({ ...source.place(pointer), message }),
  );
  const name = source.file.replace(/^.*\//, "").replace(/\.json$/i, "") || "service";
  return { entries: reader.read(name), problems };
}

/** A part of the file, and where it is. */
interface Part {
  readonly value: unknown;
  readonly pointer: string;
}

class PullcordReader {
  readonly #source: Source;
  readonly #root: Part;
  readonly #resources: Part;
  readonly #say: Say;
  readonly #entries: MonitorEntry[] = [];
  /** The triggers of resources, by name. All references to a resource share one trigger, and its rate limit. */
  readonly #shared = new Map<string, Trigger | undefined>();
  /** The resources that are being read, to detect circular references. */
  readonly #open = new Set<string>();

  constructor(source: Source, say: Say) {
    this.#source = source;
    this.#root = { value: source.value, pointer: "" };
    this.#resources = child(this.#root, "resources");
    this.#say = say;
  }

  read(name: string): readonly MonitorEntry[] {
    if (isObject(this.#resources.value)) this.#find(this.#resources, []);
    else if (isObject(child(this.#root, "data").value)) this.#find(this.#root, [name]);
    else this.#service(this.#root, name);
    return this.#entries;
  }

  /** Finds the services in a part, at any depth. */
  #find(part: Part, path: readonly string[]): void {
    if (typeof part.value !== "object" || part.value === null) return;
    const type = child(part, "type").value;
    if (typeof type === "string" && type.toLowerCase() === "minmonitorredservice") {
      this.#service(child(part, "data"), path.join("."));
      return;
    }
    for (const key of Object.keys(part.value)) {
      this.#find(step(part, key), key.toLowerCase() === "data" ? path : [...path, key]);
    }
  }

  #service(part: Part, name: string): void {
    let isRight = true;
    const say: Say = (pointer, message) => {
      isRight = false;
      this.#say(pointer, message);
    };
    const url = child(part, "URL");
    if (url.value === undefined || url.value === "") {
      say(part.pointer, "the key URL is missing: the address of the service is unknown");
    }
    const grace = child(part, "GracePeriod");
    const graceMs = goDurationMs(grace.value);
    if (graceMs === undefined) say(grace.pointer, notA("GracePeriod", "a duration", grace.value));
    const slots = { onDown: "OnDown", onUp: "OnUp", always: "Always" };
    const triggers = Object.entries(slots).flatMap(([slot, key]) => {
      const made = this.#trigger(child(part, key), key, say);
      return made === undefined ? [] : [[slot, made] as const];
    });
    if (!isRight) return;
    const options = {
      url: String(url.value),
      graceMs: Math.max(0, graceMs!),
      ...Object.fromEntries(triggers),
    } as ServiceOptions;
    if (tryMake(url.pointer, this.#say, () => serviceSettings(name, options)) === undefined) return;
    const declaration = JSON.stringify([part.value, this.#resources.value]);
    const place = this.#source.place(part.pointer);
    this.#entries.push({ name, options, declaration, place });
  }

  /** Undefined if there is no trigger, or if it is invalid; the problem is then reported. */
  #trigger(part: Part, key: string, say: Say): Trigger | undefined {
    if (part.value === undefined || part.value === null) return undefined;
    const { value: type } = child(part, "type");
    const data = child(part, "data");
    if (type === "ref") return this.#reference(data, key, say);
    switch (type) {
      case "compoundtrigger": {
        const list = child(data, "Triggers");
        const items = Array.isArray(list.value) ? list.value : [];
        const children = items.map((_, at) => this.#needed(step(list, String(at)), key, say));
        return tryMake(data.pointer, say, () => compoundTrigger(children));
      }
      case "ratelimittrigger": {
        const max = child(data, "MaxAllowed").value ?? 0;
        const periodMs = this.#duration(data, "Period", say);
        const guarded = this.#needed(child(data, "GuardedTrigger"), "GuardedTrigger", say);
        const options = { max: max as number, periodMs };
        return tryMake(data.pointer, say, () => rateLimitTrigger(guarded, options));
      }
      case "delaytrigger": {
        const delayMs = this.#duration(data, "Delay", say);
        const delayed = this.#needed(child(data, "DelayedTrigger"), "DelayedTrigger", say);
        return tryMake(data.pointer, say, () => delayTrigger(delayed, { delayMs }));
      }
      case "shelltrigger": {
        const command = child(data, "Command").value as string;
        const args = (child(data, "Args").value ?? []) as string[];
        return tryMake(data.pointer, say, () => execTrigger({ command, args }));
      }
      default:
        say(
          child(part, "type").pointer,
          `${key} must be a trigger, got ${describe(type)}; ${KNOWN}`,
        );
        return undefined;
    }
  }

  #reference({ value: name, pointer }: Part, key: string, say: Say): Trigger | undefined {
    const resources = fieldsOf(this.#resources.value);
    if (typeof name !== "string" || resources[name] === undefined) {
      say(pointer, `there is no resource ${describe(name)}`);
      return undefined;
    }
    if (this.#open.has(name)) {
      say(pointer, `the resource ${describe(name)} refers to itself`);
      return undefined;
    }
    if (!this.#shared.has(name)) {
      this.#open.add(name);
      this.#shared.set(name, this.#trigger(step(this.#resources, name), key, say));
      this.#open.delete(name);
    } else if (this.#shared.get(name) === undefined) {
      say(pointer, `the resource ${describe(name)} is not a trigger`);
    }
    return this.#shared.get(name);
  }

  /** A required trigger. If it is missing, reports that and returns one that does nothing. */
  #needed(part: Part, key: string, say: Say): Trigger {
    if (part.value === undefined || part.value === null) {
      say(part.pointer, `${key} must be a trigger, got ${describe(part.value)}`);
    }
    return this.#trigger(part, key, say) ?? { trigger: () => {} };
  }

  #duration(data: Part, key: string, say: Say): number {
    const { value, pointer } = child(data, key);
    const ms = goDurationMs(value);
    if (ms === undefined) say(pointer, notA(key, "a duration", value));
    return Math.max(1, ms ?? 1);
  }
}

const KNOWN = "known are compoundtrigger, ratelimittrigger, delaytrigger, shelltrigger and ref";

function notA(key: string, what: string, value: unknown): string {
  return `${key} must be ${what} such as 1m30s, got ${describe(value)}`;
}

/** The value of a key. Upper and lower case do not matter, because Go reads JSON so. */
function child(part: Part, key: string): Part {
  const keys = Object.keys(fieldsOf(part.value));
  const found = keys.find((one) => one === key) ?? keys.find((one) => isSame(one, key));
  return found === undefined ? { value: undefined, pointer: part.pointer } : step(part, found);
}

function step(part: Part, key: string): Part {
  const value = (part.value as Fields)[key];
  const escaped = key.replaceAll("~", "~0").replaceAll("/", "~1");
  return { value, pointer: `${part.pointer}/${escaped}` };
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
