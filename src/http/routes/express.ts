import type { IncomingMessage } from "node:http";
import { type Layer, layerTemplate, type Matched, match, patternText } from "./layer.ts";

/** The fields of a request that Express 4, Express 5, the `router` package and restify set. */
export interface ExpressRequest extends IncomingMessage {
  readonly route?: ExpressRoute | null;
  readonly app?: ExpressApp;
  readonly baseUrl?: string;
  readonly originalUrl?: string;
}

/** A matched route: Express's, or restify's. */
export interface ExpressRoute {
  readonly path?: unknown;
  /** The handlers, in Express. */
  readonly stack?: unknown;
  /** The handlers, in restify. */
  readonly chain?: unknown;
}

interface ExpressApp {
  /** In Express 4, where reading `router` throws. */
  readonly _router?: Router;
  /** In Express 5. */
  readonly router?: Router;
  /** The application in which this one is mounted. */
  readonly parent?: ExpressApp;
  readonly mountpath?: unknown;
}

interface Router {
  readonly stack?: readonly Layer[];
}

/** The maximum depth of nested routers. */
const MAX_DEPTH = 20;

/** The templates of routes that are mounted in one place only, as nearly all are. They do not change. */
const known = new WeakMap<ExpressRoute, string>();

/** Returns the full template of a matched route, including the routers in which it is mounted. */
export function expressRoute(request: ExpressRequest, route: ExpressRoute): string | undefined {
  const template = known.get(route);
  if (template !== undefined) return template;
  const own = patternText(route.path);
  if (own === undefined) return undefined;
  const { app } = request;
  // A `route` of another library may contain anything, even the requested path.
  if (!Array.isArray(route.stack)) return route.chain === undefined ? undefined : own;
  if (app === undefined) return request.baseUrl ? undefined : own;
  const url = pathOf(request.originalUrl ?? request.url ?? "/");
  const { prefix, rest } = mounted(app, url);
  const places = find(routerOf(app)?.stack ?? [], route, rest, MAX_DEPTH);
  const place = places.find((candidate) => candidate.matches);
  if (place === undefined) return undefined;
  const whole = join([...prefix, ...place.prefix, own]);
  if (places.length === 1) known.set(route, whole);
  return whole;
}

/** A place where a route is mounted: the templates of the routers around it. */
interface Place {
  readonly prefix: readonly string[];
  /** Whether the path of the request leads to this place. */
  readonly matches: boolean;
}

/** Finds every place of `route` in these layers. */
function find(
  stack: readonly Layer[],
  route: ExpressRoute,
  path: string | undefined,
  depth: number,
): Place[] {
  const places: Place[] = [];
  for (const layer of stack) {
    if (layer.route === route) places.push({ prefix: [], matches: path !== undefined });
    const inner = (layer.handle as Router | undefined)?.stack;
    if (layer.route !== undefined || !Array.isArray(inner) || depth === 0) continue;
    const found: Matched | undefined = path === undefined ? undefined : match(layer, path);
    const rest = found === undefined ? undefined : path?.slice(found.path.length) || "/";
    for (const place of find(inner, route, rest, depth - 1)) {
      const own = found === undefined ? "" : layerTemplate(layer, found);
      places.push({ prefix: [own, ...place.prefix], matches: place.matches });
    }
  }
  return places;
}

/**
 * Returns the templates under which applications are mounted in other applications, and the rest of the path.
 */
function mounted(app: ExpressApp, path: string): { prefix: string[]; rest: string } {
  const prefix: string[] = [];
  for (let at = app; at.parent !== undefined && prefix.length < MAX_DEPTH; at = at.parent) {
    prefix.unshift(patternText(at.mountpath) ?? "");
  }
  // A mount path has as many segments as the text that it matches.
  const segments = prefix
    .join("/")
    .split("/")
    .filter((segment) => segment !== "").length;
  const rest = path
    .split("/")
    .filter((segment) => segment !== "")
    .slice(segments);
  return prefix.length === 0 ? { prefix, rest: path } : { prefix, rest: `/${rest.join("/")}` };
}

function routerOf(app: ExpressApp): Router | undefined {
  const { _router: ofExpress4 } = app;
  return ofExpress4 ?? app.router;
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  // The URL may be absolute: `GET http://host/path`.
  return path.startsWith("/") ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "") || "/";
}

/** Joins templates, with one slash between two. */
function join(templates: readonly string[]): string {
  const parts = templates.map((template) => template.replace(/^\/+|\/+$/g, ""));
  return `/${parts.filter((part) => part !== "").join("/")}`;
}
