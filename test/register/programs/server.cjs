// The same in CommonJS; it ends by itself at SIGTERM, with a code of its own.
const { createServer } = require("node:http");

createServer((_request, response) => response.end("hello")).listen(
  Number(process.env.PORT),
  "127.0.0.1",
);
process.on("SIGTERM", () => setTimeout(() => process.exit(7), 1_500));
