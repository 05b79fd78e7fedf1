import { defineConfig, type OxlintOverride } from "oxlint";
import { arrows, type Part } from "./scripts/arrows.ts";

const parts = Object.keys(arrows) as Part[];

/**
 * Every package but Node.js's own and the API: a client comes from the caller. Patterns as in
 * `.gitignore`, where a later one wins.
 */
const foreignPackages = [
  "*",
  "!.*",
  "!.*/**",
  "!node:*",
  "!node:*/**",
  "!@opentelemetry",
  "!@opentelemetry/api",
];

/** `src/index.ts`, from however deep: it sees every part; no part sees it. */
const entry = [1, 2, 3, 4, 5, 6].map((depth) => `${"../".repeat(depth)}index.ts`);

/** Forbids the files that `files` names what `group` matches. */
function forbid(files: string, group: string[], message: string): OxlintOverride {
  return {
    files: [files],
    rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
  };
}

/**
 * Forbids the files of one part of `src` the parts to which no arrow leads, and the wiring.
 * @param folder all of the part's by default, else one inside that may import `packages` too
 */
function arrowsOf(part: Part, folder: string = part, packages: string[] = []): OxlintOverride {
  const allowed = arrows[part];
  const forbidden = parts.filter((other) => other !== part && !allowed.includes(other));
  return forbid(
    `src/${folder}/**`,
    [
      ...foreignPackages,
      ...packages.map((name) => `!${name}`),
      ...forbidden.map((other) => `**/${other}/**`),
      ...entry,
    ],
    `src/${part} sees only ${[...allowed, "Node.js", "the API"].join(", ")} (scripts/arrows.ts).`,
  );
}

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "node", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  ignorePatterns: ["node_modules/**", "dist/**", "coverage/**"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    eqeqeq: ["error", "always"],
    // `fc.assert` and its like are how their documentation writes them.
    "import/no-named-as-default-member": "off",
    // A helper reads best beside what it serves.
    "unicorn/consistent-function-scoping": "off",
    // A port of Node.js has no origin, unlike a browser's window.
    "unicorn/require-post-message-target-origin": "off",
    // A value may have the name of the helper function below that makes it.
    "no-shadow": ["error", { hoist: "never" }],
    // Spreads group the arguments of a program, or names, that belong together on one line.
    "unicorn/no-useless-spread": "off",
    // The compiler's own checks do these, and know what never returns.
    "consistent-return": "off",
    // Series maps, JSON and structural types need assertions; a reviewer sees them as `as`.
    "typescript/no-unsafe-type-assertion": "off",
    // An argument that repeats a default can say what a reader would have to look up.
    "typescript/no-unnecessary-type-arguments": "off",
  },
  overrides: [
    forbid("src/**", foreignPackages, "src sees only Node.js and @opentelemetry/api."),
    ...parts.map((part) => arrowsOf(part)),
    arrowsOf("files", "files", ["ajv", "ajv/dist/2020.js", "yaml"]),
    arrowsOf("probe", "probe/targets", ["yaml"]),
    arrowsOf("boards", "boards/yaml", ["yaml"]),
    {
      files: ["test/**"],
      rules: {
        "import/no-unassigned-import": "off",
        // A table of cases has any keys, a harness any methods.
        "unicorn/no-thenable": "off",
        "typescript/unbound-method": "off",
        // Helpers and properties assert too, and a promise may be awaited after it was asserted on:
        // the compiler and no-floating-promises know better than these.
        "vitest/expect-expect": "off",
        "vitest/no-conditional-expect": "off",
        "vitest/no-standalone-expect": "off",
        "vitest/require-mock-type-parameters": "off",
        "vitest/valid-expect": "off",
      },
    },
    {
      // Their loaders read the default export.
      files: [
        ...["*.config.ts", "scripts/closing-line-reporter.ts", "test/setup/global-setup.ts"],
        "examples/frameworks/next/app/**",
      ],
      rules: { "import/no-default-export": "off" },
    },
  ],
});
