import type { ServerBuild } from "react-router";
import { nameRoute } from "./telemetry.ts";

// Stands for build/server/index.js, which `react-router build` makes of the folder app.
const assets = { hasAction: false, hasLoader: true, hasErrorBoundary: false, module: "" };
const routes: object = {
  root: { id: "root", path: "", module: { middleware: [nameRoute], default: () => undefined } },
  user: {
    ...{ id: "user", parentId: "root", path: "users/:id" },
    module: {
      loader: ({ params }: { params: { id?: string } }) => new Response(`user ${params.id}\n`),
    },
  },
};
export const build = {
  ...{ routes, assetsBuildDirectory: "", basename: "/", publicPath: "/", isSpaMode: false },
  ...{ ssr: true, prerender: [], routeDiscovery: { mode: "initial" }, future: {} },
  entry: {
    module: {
      default: () => new Response("Not found", { status: 404 }),
      handleError: () => undefined,
    },
  },
  assets: {
    ...{ entry: { imports: [], module: "" }, url: "", version: "1" },
    routes: { root: { id: "root", ...assets }, user: { id: "user", ...assets } },
  },
} as unknown as ServerBuild;
