import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A process behind the front. */
export interface Backend {
  readonly name: string;
  readonly url: string;
}

/** A balancer: sends each request to the next one, and to another one where that takes none any more. */
export class Front implements AsyncDisposable {
  readonly #server = createServer((_, response) => void this.#forward(response));
  readonly #agent = new Agent({ keepAlive: true });
  readonly #backends: Backend[] = [];
  readonly #answered = new Map<string, number>();
  #underWay = 0;
  #next = 0;

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(backend: Backend): void {
    this.#backends.push(backend);
  }

  remove(name: string): void {
    const index = this.#backends.findIndex((backend) => backend.name === name);
    if (index !== -1) this.#backends.splice(index, 1);
  }

  /** How many requests a backend has answered. */
  answered(name: string): number {
    return this.#answered.get(name) ?? 0;
  }

  /** How many requests wait for an answer. */
  get underWay(): number {
    return this.#underWay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await Promise.resolve();
  }

  async #forward(response: ServerResponse): Promise<void> {
    this.#underWay += 1;
    // It was not processed: it did not get through, or met the end of an idle connection.
    for (let attempts = 0; attempts < 10; attempts++) {
      const backend = this.#backends[this.#next++ % this.#backends.length];
      if (backend === undefined) break;
      const name = await this.#ask(backend).catch(() => undefined);
      if (name === undefined) continue;
      this.#answered.set(name, this.answered(name) + 1);
      this.#underWay -= 1;
      response.end(name);
      return;
    }
    this.#underWay -= 1;
    response.writeHead(502).end();
  }

  async #ask({ url }: Backend): Promise<string> {
    const request = get(url, { agent: this.#agent });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.setEncoding("utf8");
    let body = "";
    for await (const chunk of answer) body += chunk as string;
    return body;
  }
}
