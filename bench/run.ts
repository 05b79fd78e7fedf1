import { allocators } from "./allocators/suite.ts";
import { collect } from "./collect/suite.ts";
import { handles } from "./handles/suite.ts";
import { thisMachine } from "./harness/machine.ts";
import { parseOptions } from "./harness/options.ts";
import type { GroupResult } from "./harness/results.ts";
import type { Suite } from "./harness/suite.ts";
import { table } from "./harness/table.ts";
import { httpClient } from "./http-client/suite.ts";
import { httpServer } from "./http-server/suite.ts";
import { monitor } from "./monitor/suite.ts";
import { importing } from "./import/suite.ts";
import { scrape } from "./scrape/suite.ts";
import { probes } from "./probes/suite.ts";

// npm run bench [-- names… --json --rounds N --round-ms N]
//
// Measures Taskmon beside its peers. These are ratios of one interleaved run: the machine's other work
// changes the single figures, and hardly the ratios.

const suites: readonly Suite[] = [
  ...[handles, collect, scrape, httpServer, httpClient, allocators],
  ...[probes, monitor, importing],
];

const options = parseOptions(process.argv.slice(2));
const unknown = options.names.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  throw new Error(
    `No suite ${unknown.join(", ")}; there are ${suites.map(({ name }) => name).join(", ")}`,
  );
}

const results: { name: string; groups: GroupResult[] }[] = [];
for (const suite of suites) {
  if (options.names.length > 0 && !options.names.includes(suite.name)) continue;
  const groups: GroupResult[] = [];
  for await (const group of suite.run(options)) {
    groups.push(group);
    if (!options.json) console.log(table(group));
  }
  results.push({ name: suite.name, groups });
}

if (options.json) {
  console.log(JSON.stringify({ ...thisMachine(), suites: results }));
}
