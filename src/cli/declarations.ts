import type { MetricSpec } from "../metrics/index.ts";

/**
 * The TypeScript interface of specs by name.
 * @param interfaceName an identifier
 * @param files the source files, for the comment
 */
export function declarations(
  interfaceName: string,
  files: readonly string[],
  specs: Readonly<Record<string, MetricSpec>>,
): string {
  const members = Object.entries(specs).map(
    ([name, spec]) =>
      `  /** ${comment(spec.help)} Unit: ${comment(spec.unit)} */\n${member(name, spec)}\n`,
  );
  return (
    `// Written by \`taskmon types\` from ${comment(files.join(", "))}. Do not edit.\n` +
    (members.length === 0 ? "" : `import type { MetricSpec } from "taskmon/metrics";\n`) +
    `\n/** The specs of the file, for \`loadMetricSpecs<${interfaceName}>()\`. */\n` +
    `export interface ${interfaceName} {\n${members.join("")}}\n`
  );
}

const TYPES = { string: "string", int: "number", boolean: "boolean" } as const;

/** Lines no longer than this, broken as formatters break them. */
const WIDTH = 100;

function member(name: string, spec: MetricSpec): string {
  const kind = JSON.stringify(spec.kind);
  const labels = labelMembers(spec);
  const start = `  readonly ${property(name)}: MetricSpec<`;
  const object = labels.length === 0 ? "{}" : `{ ${labels.join("; ")} }`;
  const line = `${start}${kind}, ${object}>;`;
  if (line.length <= WIDTH) return line;
  const indented = `    ${object}`;
  const broken =
    indented.length <= WIDTH
      ? indented
      : `    {\n${labels.map((label) => `      ${label};\n`).join("")}    }`;
  return `${start}\n    ${kind},\n${broken}\n  >;`;
}

function labelMembers({ kind, labels }: MetricSpec): string[] {
  // The last label of a state is the state itself, which is no label in code.
  const given = kind === "state" ? labels.slice(0, -1) : labels;
  return given.map(({ key, type, optional }) =>
    optional
      ? `readonly ${property(key)}?: ${TYPES[type]} | undefined`
      : `readonly ${property(key)}: ${TYPES[type]}`,
  );
}

function property(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** A text that ends neither the comment nor its line. */
function comment(text: string): string {
  return text.replaceAll("*/", "* /").replaceAll(/\s+/g, " ");
}
