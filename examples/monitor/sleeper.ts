import { createServer } from "node:http";

// A service that sleeps: it ends when it is asked to, and somebody has to start it again.

const server = createServer(({ url }, response) => {
  response.setHeader("connection", "close").end("Hello from the wiki");
  if (url === "/sleep") server.close();
});
server.listen(Number(process.argv[2]), "127.0.0.1");
