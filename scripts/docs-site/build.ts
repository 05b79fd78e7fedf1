import { join } from "node:path";
import { writeSite } from "./site.ts";

// `npm run docs`: the pages of docs/ and the reference of the API as a site in site/, for any web server or a
// browser alone.

const root = join(import.meta.dirname, "../..");
const site = join(root, "site");
const pages = writeSite(root, site);
console.log(`${pages.length} pages: file://${join(site, "index.html")}`);
