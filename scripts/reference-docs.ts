import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../src/cli/commands/index.ts";
import { commandHelp, programHelp } from "../src/cli/help.ts";
import { OTHER_VARIABLES, type Variable, VARIABLES } from "../src/register/variables.ts";
import { documentedErrors, documentedLines, documentedOptions } from "./source-docs.ts";

// Writes the pages of the reference that follow from the source; with `--check`, compares instead, and
// fails where they differ. docs/metrics.md has a script of its own, metrics-doc.ts.

const root = join(import.meta.dirname, "..");
const pages: Readonly<Record<string, string>> = {
  "docs/errors.md": errorsPage(),
  "docs/options.md": optionsPage(),
  "docs/environment.md": environmentPage(),
  "docs/commands.md": await commandsPage(),
  "docs/log-lines.md": logLinesPage(),
};

for (const [file, page] of Object.entries(pages)) {
  const path = join(root, file);
  if (!process.argv.includes("--check")) {
    writeFileSync(path, page);
  } else if (readFileSync(path, "utf8") !== page) {
    console.error(`${file} differs from the source; run: node scripts/reference-docs.ts`);
    process.exitCode = 1;
  }
}

function errorsPage(): string {
  const items = documentedErrors(root).map(
    ({ code, className, text }) => `- **\`${code}\`**, \`${className}\`: ${text}`,
  );
  return `# Errors

Generated from the source by \`scripts/reference-docs.ts\`. Every error of ours is a \`TaskmonError\`;
\`isTaskmonError(error)\` knows those of another copy of the package too. Codes never change; texts may.

${items.join("\n")}
`;
}

function optionsPage(): string {
  const sections = documentedOptions(root).map(({ name, room, text, options }) => {
    const items = options.map(({ name: option, required, type, text: about, byDefault }) => {
      const facts = [
        `\`${type}\``,
        ...(required ? ["required"] : []),
        ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
      ];
      return `- **\`${option}\`** (${facts.join("; ")})${about === "" ? "" : `: ${about}`}`;
    });
    return `## ${name}\n\n${text} Room: \`${room}\`.\n\n${items.join("\n")}\n`;
  });
  return `# Options

Generated from the source by \`scripts/reference-docs.ts\`. \`TaskmonOptions\` are those of
\`createTaskmon\`; the others belong to the function that their name says.

${sections.join("\n")}`;
}

function environmentPage(): string {
  const items = (table: Readonly<Record<string, Omit<Variable, "parse">>>): string =>
    Object.entries(table)
      .map(([name, { about, byDefault }]) => `- **\`${name}\`**: ${about} Default: ${byDefault}.`)
      .join("\n");
  return `# Environment variables

Generated from the source by \`scripts/reference-docs.ts\`. An empty or blank variable counts as unset.
A wrong one is replaced by its default, and one line on the log says so.

## Of \`taskmon/register\`

${items(VARIABLES)}

## Of every Taskmon object

${items(OTHER_VARIABLES)}

The target and the resource come from OpenTelemetry's own \`OTEL_SERVICE_NAME\` and \`OTEL_RESOURCE_ATTRIBUTES\`, and
the ids from \`TASKMON_DOMAIN_ID\`, \`TASKMON_APP_ID\` and \`TASKMON_RELEASE_ID\`, as above.
`;
}

async function commandsPage(): Promise<string> {
  const sections = await Promise.all(
    commands.map(
      async (entry) =>
        `## ${entry.name}\n\n\`\`\`\n${commandHelp(entry.name, await entry.load())}\n\`\`\`\n`,
    ),
  );
  return `# The \`taskmon\` command

Generated from its help by \`scripts/reference-docs.ts\`.

\`\`\`
${programHelp(commands)}
\`\`\`

${sections.join("\n")}`;
}

function logLinesPage(): string {
  const byRoom = Map.groupBy(documentedLines(root), ({ room }) => room);
  const sections = [...byRoom].map(([room, lines]) => {
    const items = lines.map(({ level, text }) => `- ${level}: "${text}"`);
    return `## ${room}\n\n${[...new Set(items)].join("\n")}\n`;
  });
  return `# Log lines

Generated from the source by \`scripts/reference-docs.ts\`. What we log goes to OpenTelemetry's \`diag\`
logger, each cause once until it is over, in one line that ends in the page that explains it. The error
with its stack follows at the level \`debug\`. Where no logger is set, warnings and errors go to standard
error; \`TASKMON_LOG=off\` stops that. An ellipsis stands for what differs.

${sections.join("\n")}`;
}
