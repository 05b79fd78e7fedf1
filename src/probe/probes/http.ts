import type { Probe, Target } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { certificateOf } from "../net/certificate.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { type Body, readBody } from "./http-run/body.ts";
import type { HttpDetails } from "./http-run/details.ts";
import { exchange, type HttpAnswer, requestError } from "./http-run/exchange.ts";
import { KeptLinks } from "./http-run/kept-links.ts";
import { type Link, openLink } from "./http-run/link.ts";
import {
  bareHost,
  Cookies,
  firstRequest,
  type HttpRequest,
  redirected,
} from "./http-run/request.ts";
import {
  type HttpProbeOptions,
  type HttpSettings,
  httpSettings,
  urlOf,
} from "./http-run/settings.ts";

export type { HttpDetails } from "./http-run/details.ts";
export type { HttpProbeOptions } from "./http-run/settings.ts";

/**
 * Checks whether an HTTP/1.1 or HTTP/2 server answers as expected: by default, with a status of 2xx after all
 * redirects.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function httpProbe(options?: HttpProbeOptions): Probe<HttpDetails> {
  const settings = httpSettings(options);
  const kept = new KeptLinks();
  return {
    type: "http",
    validators: settings.validators.map(({ name }) => name),
    accepts: (target) => void urlOf(target, settings),
    run: (target, context) =>
      attempt<HttpDetails>(context, { redirects: 0 }, (run) =>
        new HttpRun(run, target, settings, kept).go(),
      ),
    close: (target) => kept.close(target?.name),
  };
}

/** One run: a request, and the requests of its redirects. */
class HttpRun {
  readonly #run: Attempt<HttpDetails>;
  readonly #target: Target;
  readonly #settings: HttpSettings;
  readonly #kept: KeptLinks;

  constructor(run: Attempt<HttpDetails>, target: Target, settings: HttpSettings, kept: KeptLinks) {
    this.#run = run;
    this.#target = target;
    this.#settings = settings;
    this.#kept = kept;
  }

  async go(): Promise<void> {
    const { maxRedirects, followRedirects, allowRedirect, validators } = this.#settings;
    const { details } = this.#run;
    const cookies = new Cookies();
    let request = firstRequest(urlOf(this.#target, this.#settings), this.#settings);
    for (;;) {
      const { answer, body } = await this.#ask(cookies.addTo(request));
      const next = redirected(request, answer);
      if (next !== undefined) details.redirects++;
      if (next === undefined || !followRedirects) {
        const { statusCode, httpVersion, headers } = answer;
        const seen = {
          statusCode,
          httpVersion,
          headers,
          body: body.bytes,
          bodyTruncated: body.truncated,
        };
        return this.#run.validate(validators, seen);
      }
      if (details.redirects > maxRedirects) {
        throw new ProbeError("too_many_redirects", `More than ${maxRedirects} redirects`);
      }
      if (!/^https?:$/.test(next.url.protocol) || !allowRedirect(next.url)) {
        throw new ProbeError(
          "unexpected_answer",
          `It redirects to ${next.url.origin}, which is refused`,
        );
      }
      cookies.take(request, answer);
      request = next;
    }
  }

  /** One request and its whole answer. */
  async #ask(request: HttpRequest): Promise<{ answer: HttpAnswer; body: Body }> {
    const { details } = this.#run;
    const { maxBodyBytes: maxBytes, longerBody: longer, decompress } = this.#settings;
    details.url = request.url.href;
    const { link, answer } = await this.#answered(request);
    const { statusCode, headers, stream } = answer;
    this.#run.statusCode = statusCode;
    details.httpVersion = answer.httpVersion;
    details.headers = headers;
    details.reused = link.reused;
    const length = headers["content-length"];
    if (length === undefined) delete details.contentLength;
    else details.contentLength = Number(length);
    const bodiless = request.method === "HEAD" || statusCode === 204 || statusCode === 304;
    const named = decompress === true ? headers["content-encoding"] : decompress || undefined;
    const encoding = bodiless ? undefined : named;
    const onRead = (bytes: number): void => void (details.bodyBytes = bytes);
    onRead(0);
    try {
      const body = await readBody(stream, { encoding, maxBytes, longer, onRead });
      this.#run.phases.end();
      this.#release(request, link, answer.keepable && !body.truncated);
      return { answer, body };
    } catch (error) {
      throw requestError(error as Error);
    }
  }

  /** The head of the answer. If a kept connection fails, the request is sent over a new one. */
  async #answered(request: HttpRequest): Promise<{ link: Link; answer: HttpAnswer }> {
    const kept = this.#kept.take(this.#target.name, request.url.origin);
    if (kept !== undefined) {
      const { address, family, tls } = kept;
      this.#run.defer(kept.close);
      Object.assign(this.#run.details, { address, family, ...(tls !== undefined && { tls }) });
      this.#run.certificate = tls === undefined ? undefined : certificateOf(tls);
      try {
        return { link: kept, answer: await exchange(this.#run, kept, request, this.#settings) };
      } catch (error) {
        kept.close();
        if (this.#run.signal.aborted) throw error;
      }
    }
    const isTarget = bareHost(request.url) === this.#target.host || this.#target.host === undefined;
    const address = isTarget ? this.#target.address : undefined;
    const link = await openLink(this.#run, request.url, address, this.#settings);
    return { link, answer: await exchange(this.#run, link, request, this.#settings) };
  }

  #release(request: HttpRequest, link: Link, keepable: boolean): void {
    if (!keepable) return link.close();
    this.#run.keep(link.close);
    this.#kept.give(this.#target.name, request.url.origin, link);
  }
}
