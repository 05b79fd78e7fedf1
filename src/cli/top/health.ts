import { messageOf } from "../../shared/errors.ts";
import { parseText } from "../../prometheus/read/parse-text.ts";
import { FigureReader } from "./figures.ts";
import type { Answer } from "./read.ts";
import { rowOf } from "./row.ts";

/** The health that a process reports. */
export interface Standing {
  readonly status: "pass" | "warn" | "fail";
  /** A line for each thing that does not pass. */
  readonly notes: readonly string[];
}

/** The health in an answer: JSON or text of a health endpoint, or an exposition. */
export function standingOf(answer: Answer, hexPrefix?: string): Standing {
  if (answer.type.includes("json")) return fromJson(answer);
  const { samples } = parseText(answer.body);
  if (answer.status === 200 && samples.length > 0) {
    const figures = new FigureReader({ hexPrefix }).read(samples);
    const row = rowOf("", { figures, atMs: 0 }, undefined, Date.now() / 1_000);
    const isFailing = row.health === "fail" || row.exports === "failing";
    const status = isFailing
      ? "fail"
      : row.health === "pass" || row.health === null
        ? "pass"
        : "warn";
    return {
      status,
      notes: [...row.ailing, ...(row.exports === "failing" ? ["exports fail"] : [])],
    };
  }
  // Health in text: a word, and a line for each check.
  const [word = "", ...lines] = answer.body.split("\n").map((line) => line.trim());
  return { status: statusOf(word, answer.status), notes: lines.filter((line) => line !== "") };
}

function fromJson({ body, status }: Answer): Standing {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return { status: "fail", notes: [`the answer is no JSON: ${messageOf(error)}`] };
  }
  const { status: word, checks } = isObject(json) ? json : {};
  const notes = Object.entries(isObject(checks) ? checks : {}).flatMap(([name, check]) => {
    const first = Array.isArray(check) ? (check as unknown[])[0] : check;
    if (!isObject(first) || first["status"] === "pass") return [];
    const why = typeof first["output"] === "string" ? `: ${first["output"]}` : "";
    return [`${name} ${String(first["status"])}${why}`];
  });
  return { status: statusOf(word, status), notes };
}

/** The health for a word; for an unknown word, the one for the status code. */
function statusOf(word: unknown, code: number): Standing["status"] {
  if (code < 200 || code > 299) return "fail";
  return word === "warn" || word === "fail" ? word : "pass";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
