import { heatmap, lines } from "../dashboard/panels.ts";
import { SERVER_ERRORS } from "../rules/http.ts";
import type { Queries } from "./query.ts";
import type { Topic } from "./topic.ts";

/** Requests that servers answered and clients sent. */
export const http: Topic = {
  title: "Taskmon: HTTP",
  description: "Requests that servers answered, and requests that clients sent.",
  anchor: "taskmon.up",
  sections: (q) => [
    { title: "Servers", panels: servers(q) },
    { title: "Clients", panels: clients(q) },
  ],
};

const SERVER = "http.server.request.duration";
const CLIENT = "http.client.request.duration";

function servers(q: Queries) {
  const route = ["http.route"];
  const all = q.rate(SERVER, route, [], "count");
  return [
    lines({ title: "Requests", description: "Requests per second, by route." }, "reqps", {
      expr: all,
      legend: "{{http_route}}",
    }),
    lines(
      {
        title: "Failures",
        description: "The share of requests that this side failed, by route: status 5xx, or none.",
      },
      "percentunit",
      {
        expr: `(${q.rate(SERVER, route, [SERVER_ERRORS], "count")} or ${all} * 0) / ${all}`,
        legend: "{{http_route}}",
      },
    ),
    lines(
      {
        title: "Statuses",
        description: "Requests per second, by status; none where nothing was sent.",
      },
      "reqps",
      {
        expr: q.rate(SERVER, ["http.response.status_code"], [], "count"),
        legend: "{{http_response_status_code}}",
      },
    ),
    lines(
      { title: "Duration", description: "Quantiles over all routes.", width: 8 },
      "s",
      ...[0.5, 0.95, 0.99].map((quantile) => ({
        expr: q.quantile(quantile, SERVER, []),
        legend: `p${quantile * 100}`,
      })),
    ),
    lines(
      { title: "Duration, p99 by route", description: "The slowest hundredth of each route." },
      "s",
      { expr: q.quantile(0.99, SERVER, route), legend: "{{http_route}}" },
    ),
    heatmap(
      { title: "Durations", description: "How many requests took how long." },
      "s",
      q.buckets(SERVER),
    ),
    lines(
      { title: "Being worked on", description: "Requests that have begun and not ended." },
      "short",
      { expr: `sum by (job, instance) (${q.series("http.server.active_requests")})`, legend: TASK },
    ),
    lines(
      { title: "Bodies, bytes per second", description: "What came in, and what went out." },
      "binBps",
      { expr: q.rate("http.server.request.body.size", [], [], "sum"), legend: "in" },
      { expr: q.rate("http.server.response.body.size", [], [], "sum"), legend: "out" },
    ),
  ];
}

function clients(q: Queries) {
  const server = ["server.address"];
  const all = q.rate(CLIENT, server, [], "count");
  const failed = q.rate(CLIENT, server, ['error_type!=""'], "count");
  return [
    lines({ title: "Requests sent", description: "Requests per second, by server." }, "reqps", {
      expr: all,
      legend: "{{server_address}}",
    }),
    lines(
      { title: "Failures met", description: "The share of requests that failed, by server." },
      "percentunit",
      { expr: `(${failed} or ${all} * 0) / ${all}`, legend: "{{server_address}}" },
    ),
    lines({ title: "Duration, p99", description: "The slowest hundredth, by server." }, "s", {
      expr: q.quantile(0.99, CLIENT, server),
      legend: "{{server_address}}",
    }),
    lines({ title: "Waited for", description: "Requests that have no answer yet." }, "short", {
      expr: `sum by (server_address) (${q.series("http.client.active_requests")})`,
      legend: "{{server_address}}",
    }),
    lines(
      { title: "Connections", description: "Open connections, by server and whether in use." },
      "short",
      {
        expr: `sum by (server_address, http_connection_state) (${q.series("http.client.open_connections")})`,
        legend: "{{server_address}} {{http_connection_state}}",
      },
    ),
  ];
}

const TASK = "{{job}} {{instance}}";
