import type { ClientRequest, IncomingMessage } from "node:http";
import { beginAnswer, passInformation } from "./answer-head.ts";
import { asRecord, trailersOf } from "./fields.ts";
import { type Link, watchConnecting } from "./link.ts";
import {
  type InboundRequest,
  isHttp2Response,
  type OutboundResponse,
  resetClient,
} from "./messages.ts";
import { failureOf, ForwardError, type ForwardListener, isResetError } from "./outcome.ts";
import { pump } from "./pump.ts";
import type { RequestHead } from "./request-head.ts";

/** One request on its way to the service, and the answer on its way back. */
export class Exchange {
  readonly #link: Link;
  readonly #head: RequestHead;
  readonly #request: InboundRequest;
  readonly #response: OutboundResponse;
  readonly #listener: ForwardListener;
  #upstream: ClientRequest | undefined;
  #answer: IncomingMessage | undefined;
  #stopUpload: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #isUploaded: boolean;
  #isRetried = false;
  /** The client has the whole answer or never gets it, or the listener answers it. */
  #isOver = false;

  constructor(
    link: Link,
    head: RequestHead,
    request: InboundRequest,
    response: OutboundResponse,
    listener: ForwardListener,
  ) {
    this.#link = link;
    this.#head = head;
    this.#request = request;
    this.#response = response;
    this.#listener = listener;
    this.#isUploaded = !head.hasBody;
  }

  begin(): void {
    // Node.js also emits an error when a client disconnects during its request.
    this.#request.on("error", ignore);
    this.#response.on("error", ignore);
    this.#response.on("close", () => this.#onClientClose());
    this.#send(false);
  }

  #send(alone: boolean): void {
    let upstream: ClientRequest;
    try {
      upstream = this.#link.send(this.#head, alone);
    } catch (error) {
      // Node.js refuses to write some headers that its lenient parser accepts.
      return this.#fail(
        new ForwardError("the request cannot be sent", 502, false, { cause: error }),
      );
    }
    this.#upstream = upstream;
    upstream.on("response", (answer) => this.#onAnswer(answer));
    upstream.on("error", (error) => this.#onError(upstream, error));
    upstream.on("information", (interim) => passInformation(interim, this.#response));
    if (this.#head.expectsContinue) upstream.on("continue", () => this.#passContinue());
    watchConnecting(upstream, this.#link.settings, () =>
      this.#onTimeout("it could not be reached"),
    );
    if (this.#head.hasBody) {
      // Send the headers now: the client waits for 100 and may never send its body.
      if (this.#head.expectsContinue) upstream.flushHeaders();
      this.#stopUpload = pump(this.#request, upstream, () => this.#onUploaded(upstream));
    } else {
      upstream.end();
      this.#awaitAnswer();
    }
  }

  #onUploaded(upstream: ClientRequest): void {
    this.#isUploaded = true;
    if (this.#head.isChunked) upstream.addTrailers(trailersOf(this.#request.rawTrailers));
    upstream.end();
    if (this.#answer === undefined) this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    const { clock, answerTimeoutMs } = this.#link.settings;
    this.#cancelTimer = clock.after(answerTimeoutMs, () =>
      this.#onTimeout("its answer took too long"),
    );
  }

  #passContinue(): void {
    if (!this.#response.headersSent && !this.#isOver) this.#response.writeContinue();
  }

  #onAnswer(answer: IncomingMessage): void {
    this.#cancelTimer?.();
    if (this.#isOver) return void answer.destroy();
    this.#answer = answer;
    answer.on("error", ignore);
    const { settings } = this.#link;
    if (!beginAnswer(answer, this.#response, settings)) {
      return this.#fail(new ForwardError("its answer cannot be passed on", 502, false));
    }
    this.#listener.answered(answer.statusCode ?? 0);

    answer.on("close", () => this.#onAnswerClose(answer));
    pump(answer, this.#response, () => this.#onAnswerEnd(answer));
  }

  #onAnswerEnd(answer: IncomingMessage): void {
    // An answer that was cut short ends here too.
    if (this.#isOver || !answer.complete) return;
    const response = this.#response;
    const trailers = answer.rawTrailers;
    if (trailers.length > 0) {
      if (isHttp2Response(response)) response.addTrailers(asRecord(trailersOf(trailers)));
      else if (response.chunkedEncoding) response.addTrailers(trailersOf(trailers));
    }
    this.#isOver = true;
    response.end();
    // The service answered early: it need not read the rest of the body, but the client must be able to send it.
    if (!this.#isUploaded) {
      this.#giveUpUpload();
      this.#upstream?.destroy();
    }
  }

  #onAnswerClose(answer: IncomingMessage): void {
    if (answer.complete || this.#isOver) return;
    this.#isOver = true;
    resetClient(this.#response);
  }

  #onError(upstream: ClientRequest, error: Error): void {
    if (this.#isOver || upstream !== this.#upstream) return;
    // The service answered and reads no more. The rest of its answer still arrives, or ends with an error.
    if (this.#answer !== undefined) return this.#giveUpUpload();
    const isStale = upstream.reusedSocket;
    if (isStale && isResetError(error) && this.#head.isRepeatable && !this.#isRetried) {
      this.#isRetried = true;
      this.#cancelTimer?.();
      return this.#send(true);
    }
    this.#fail(failureOf(error, isStale));
  }

  #onTimeout(reason: string): void {
    if (this.#isOver || this.#answer !== undefined) return;
    this.#fail(new ForwardError(reason, 504, true));
  }

  #fail(failure: ForwardError): void {
    this.#end();
    this.#listener.failed(failure);
  }

  #onClientClose(): void {
    if (!this.#isOver) this.#end();
  }

  /** Stops the upload, and closes the request to the service. */
  #end(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#giveUpUpload();
    this.#upstream?.destroy();
  }

  #giveUpUpload(): void {
    this.#stopUpload?.();
    this.#stopUpload = undefined;
    // Read and discard the body: many clients read the answer only after they have sent everything.
    if (!this.#isUploaded) this.#request.resume();
  }
}

function ignore(): void {}
