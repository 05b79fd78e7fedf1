"use strict";
// Loaded before the quick start (node --require): a service would have a server that keeps it
// running, and the quick start has none, so this does. And the quick start leaves the
// scrape port at the exporter's default, which is not free on every machine: the one from the
// environment takes its place.

const { Server } = require("node:net");

const DEFAULT_PROMETHEUS_PORT = 9464;

setInterval(() => {}, 1_000);

const { listen } = Server.prototype;
Server.prototype.listen = function (options, ...rest) {
  if (options?.port === DEFAULT_PROMETHEUS_PORT) {
    options = { ...options, port: Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT) };
  }
  return listen.call(this, options, ...rest);
};
