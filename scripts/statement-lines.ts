import { type MinifyOptions, type Plugin, RolldownMagicString } from "rolldown";
import { type ESTree, minify, parse, Visitor } from "rolldown/utils";

const PURE = "/*@__PURE__*/";

/**
 * Writes chunks without whitespace, except for a new line before each statement and member of a class: a stack
 * trace leads to one line of code, not to a file of one line. Minifying drops the annotations by which bundlers
 * know that they may leave out a constant; they come back.
 */
export function statementLines(options: MinifyOptions): readonly Plugin[] {
  const annotated = new Map<string, ReadonlySet<string>>();
  return [
    {
      name: "without-whitespace",
      renderChunk: async (code, { fileName }) => {
        annotated.set(fileName, await annotatedIn(code, fileName));
        const {
          code: small,
          map,
          errors,
        } = await minify(fileName, code, {
          ...{ ...options, module: true, sourcemap: true },
        });
        if (errors.length > 0) throw new Error(`${fileName}: ${errors[0]!.message}`);
        return { code: small, map: JSON.stringify(map) };
      },
    },
    {
      name: "statement-lines",
      renderChunk: async (code, { fileName }) => {
        const { program } = await parse(fileName, code);
        const lines = new RolldownMagicString(code);
        for (const start of lineStarts(program)) if (start > 0) lines.appendLeft(start, "\n");
        for (const start of callsOf(program, annotated.get(fileName)!)) {
          lines.appendLeft(start, PURE);
        }
        return { code: lines.toString(), map: lines.generateMap({ hires: "boundary" }) };
      },
    },
  ];
}

/** The constants of a module whose initial values have annotations. */
async function annotatedIn(code: string, fileName: string): Promise<ReadonlySet<string>> {
  const { program, comments } = await parse(fileName, code);
  const pure = comments.filter(({ value }) => value.includes("@__PURE__"));
  const names = constantsOf(program)
    .filter(({ start, end }) => pure.some((comment) => comment.start > start && comment.end < end))
    .map(nameOf);
  return new Set(names);
}

function constantsOf({ body }: ESTree.Program): readonly ESTree.VariableDeclarator[] {
  return body.flatMap((statement) =>
    statement.type === "VariableDeclaration" ? statement.declarations : [],
  );
}

function nameOf({ id }: ESTree.VariableDeclarator): string {
  return id.type === "Identifier" ? id.name : "";
}

/** Where the calls begin that make the values of these constants; not those within functions, which run later. */
function callsOf(program: ESTree.Program, names: ReadonlySet<string>): ReadonlySet<number> {
  const starts = new Set<number>();
  let inside = 0;
  let depth = 0;
  const call = ({ start }: ESTree.Node): void => {
    if (inside > 0 && depth === 0) starts.add(start);
  };
  const enter = (): void => void depth++;
  const leave = (): void => void depth--;
  new Visitor({
    VariableDeclarator: (declarator) => {
      if (depth === 0 && names.has(nameOf(declarator))) inside++;
    },
    "VariableDeclarator:exit": (declarator) => {
      if (depth === 0 && names.has(nameOf(declarator))) inside--;
    },
    ...{ CallExpression: call, NewExpression: call },
    ...{ FunctionExpression: enter, "FunctionExpression:exit": leave },
    ...{ FunctionDeclaration: enter, "FunctionDeclaration:exit": leave },
    ...{ ArrowFunctionExpression: enter, "ArrowFunctionExpression:exit": leave },
  }).visit(program);
  return starts;
}

/** Where a statement or a member of a class begins. */
function lineStarts(program: ESTree.Program): ReadonlySet<number> {
  const starts = new Set<number>();
  const add = (nodes: readonly ESTree.Node[]): void => {
    for (const { start } of nodes) starts.add(start);
  };
  new Visitor({
    ...{ Program: ({ body }) => add(body), BlockStatement: ({ body }) => add(body) },
    ...{ StaticBlock: ({ body }) => add(body), ClassBody: ({ body }) => add(body) },
    SwitchCase: ({ consequent }) => add(consequent),
    Property: (property) => {
      if (property.method) add([property]);
    },
  }).visit(program);
  return starts;
}
