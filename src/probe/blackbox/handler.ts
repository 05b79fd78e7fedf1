import type { Answer, Asked, Respond } from "../../serve/answer.ts";
import { METHOD_NOT_ALLOWED, plainAnswer } from "../../serve/answer.ts";
import { type NodeHandler, nodeHandler } from "../../serve/node.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { numberOption, optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { ProbeResult, Target } from "../contract.ts";
import { type AllowOption, allowOption } from "./allow.ts";
import { addressGauges, outcomeGauges } from "./common-gauges.ts";
import { type Gauge, gaugesText } from "./gauges.ts";
import { type BlackboxModule, type BlackboxModules, readModules } from "./modules.ts";
import { debugText } from "./debug.ts";
import { timeoutMs } from "./timeout.ts";

/** One run of `/probe`, for the `onRun` callback. */
export interface BlackboxRun {
  readonly module: string;
  readonly prober: string;
  readonly target: Target;
  readonly result: ProbeResult;
}

/** Options of {@link blackboxHandler}. */
export interface BlackboxOptions {
  /**
   * The path of blackbox_exporter's file, or its contents: `{ modules: { http_2xx: { prober: "http" } } }`.
   */
  readonly modules: string | object;
  /**
   * Which targets may be probed: `example.org`, `*.example.org`, `10.0.0.0/8`, each with `:port` to allow
   * only that port, or a function. It applies to redirects too. An open `/probe` gives access to your
   * network. @default only this machine
   */
  readonly allow?: AllowOption;
  /** The path that it answers. @default "/probe" */
  readonly path?: string;
  /**
   * Subtracted from the scrape's own timeout, in seconds, so that the answer still arrives in time.
   * @default 0.5
   */
  readonly timeoutOffsetS?: number;
  /**
   * Called after each run, for example to count it. If it throws, that is reported once. @default nobody
   */
  readonly onRun?: (run: BlackboxRun) => void;
  readonly clock?: Clock;
}

/**
 * Answers `/probe?target=&module=` as blackbox_exporter 0.23 does, with its metrics: Prometheus'
 * relabelling works unchanged.
 * @throws BlackboxConfigError `ERR_TASKMON_BLACKBOX_CONFIG` for invalid modules
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function blackboxHandler(options: BlackboxOptions): NodeHandler {
  return nodeHandler(blackboxResponder(options));
}

/** The responder of {@link blackboxHandler}, for other kinds of servers. */
export function blackboxResponder(options: BlackboxOptions): Respond {
  const given = optionsObject("blackboxHandler", options, [
    ...(["modules", "allow", "path", "timeoutOffsetS", "onRun", "clock"] as const),
  ]);
  const { modules: source, path = "/probe", onRun, clock = systemClock() } = given;
  if ((typeof source !== "string" && typeof source !== "object") || source === null) {
    throw new InvalidOptionError(
      "blackboxHandler.modules",
      "a path or an object with modules",
      source,
    );
  }
  if (typeof path !== "string" || !/^\/[^?#\s]*$/.test(path)) {
    throw new InvalidOptionError("blackboxHandler.path", "a path that begins with a slash", path);
  }
  if (onRun !== undefined && typeof onRun !== "function") {
    throw new InvalidOptionError("blackboxHandler.onRun", "a function", onRun);
  }
  const offsetS = numberOption("blackboxHandler.timeoutOffsetS", given.timeoutOffsetS, {
    min: 0,
    max: 3_600,
    default: 0.5,
  });
  const modules = readModules(source);
  const allows = allowOption(given.allow);
  const report = createReporter("probe");
  const tell = (run: BlackboxRun): void => {
    try {
      onRun?.(run);
    } catch (error) {
      report.errorOnce("onRun", "The onRun callback of blackboxHandler threw", error);
    }
  };
  return (asked) => {
    if (asked.path !== path) return undefined;
    if (asked.method !== "GET" && asked.method !== "HEAD") return METHOD_NOT_ALLOWED;
    return answerProbe(asked, { modules, allows, offsetS, clock, tell });
  };
}

interface Serving {
  readonly modules: BlackboxModules;
  readonly allows: (host: string, port: number | undefined) => boolean;
  readonly offsetS: number;
  readonly clock: Clock;
  readonly tell: (run: BlackboxRun) => void;
}

async function answerProbe(asked: Asked, serving: Serving): Promise<Answer> {
  const query = new URLSearchParams(asked.query);
  const name = query.get("module") || "http_2xx";
  const module = serving.modules.get(name);
  if (module === undefined) return plainAnswer(400, `Unknown module ${JSON.stringify(name)}\n`);
  const target = query.get("target") ?? "";
  if (target === "") return plainAnswer(400, "Target parameter is missing\n");
  const limitMs = timeoutMs(
    asked.header("x-prometheus-scrape-timeout-seconds"),
    module.timeoutMs,
    serving.offsetS,
  );
  if (limitMs === undefined) {
    return plainAnswer(500, "Failed to parse timeout from Prometheus header\n");
  }
  const hostname = query.get("hostname") || undefined;
  const startedAtMs = performance.now();
  const ran = await runModule(module, { target, hostname, limitMs, signal: asked.signal }, serving);
  if (ran === "refused") return plainAnswer(403, "This target is not allowed\n");
  const durationS = (performance.now() - startedAtMs) / 1_000;
  const gauges = [...outcomeGauges(ran.result, durationS), ...ran.gauges];
  const text = gaugesText(gauges);
  if (query.get("debug") === "true")
    return plainAnswer(200, debugText(module, target, ran.result, text));
  return plainAnswer(200, text, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
}

interface Call {
  readonly target: string;
  readonly hostname: string | undefined;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Ran {
  readonly result: ProbeResult;
  readonly gauges: readonly Gauge[];
}

async function runModule(
  module: BlackboxModule,
  call: Call,
  serving: Serving,
): Promise<Ran | "refused"> {
  const { allows, clock, tell } = serving;
  let run: ReturnType<typeof module.run>;
  try {
    run = module.run({ target: call.target, hostname: call.hostname, allows });
  } catch (error) {
    // An invalid target is a failed probe; the exporter also answers 200 then.
    return { result: { success: false, error: error as Error }, gauges: [] };
  }
  const { host = "", port } = run.target;
  if (!allows(host, port)) return "refused";
  const timeout = AbortSignal.timeout(Math.max(1, Math.round(call.limitMs)));
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  let result: ProbeResult;
  let isUsable = false;
  try {
    run.probe.accepts?.(run.target);
    isUsable = true;
    result = await run.probe.run(run.target, { signal, clock, timeoutMs: call.limitMs });
  } catch (error) {
    result = { success: false, error: error as Error };
  } finally {
    await run.probe.close?.();
  }
  tell({ module: module.name, prober: module.prober, target: run.target, result });
  return { result, gauges: [...(isUsable ? addressGauges(result) : []), ...run.gauges(result)] };
}
