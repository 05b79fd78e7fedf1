import { randomInt } from "node:crypto";
import { InvalidOptionError } from "../../shared/errors.ts";
import { booleanOption, choiceOption, optionsObject } from "../../shared/options.ts";
import type { Probe, Target, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { certificateOf, type TlsDetails } from "../net/certificate.ts";
import { resolveAddress } from "../net/connect.ts";
import { type DialOptions, dialOptions, DIAL_KEYS, tlsOption } from "../net/dial-options.ts";
import {
  CLASSES,
  RCODES,
  RECORD_TYPES,
  type RecordClass,
  type RecordType,
} from "../net/dns/codes.ts";
import { type DnsAnswer, decodeAnswer, encodeQuestion, isDomainName } from "../net/dns/message.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import { validatorsOption } from "../validators/validate.ts";
import { attempt } from "./attempt.ts";
import { askOverTcp, askOverUdp } from "./dns/transport.ts";
import { endpointOf, portOption } from "./endpoint.ts";

/** Options of {@link dnsProbe}. The targets are name servers. */
export interface DnsProbeOptions extends DialOptions {
  /** The name to ask for. */
  readonly name: string;
  /** @default "A" */
  readonly type?: RecordType;
  /** @default "IN" */
  readonly class?: RecordClass;
  /** The port for targets without a port. @default 53, and 853 over TLS */
  readonly port?: number;
  /** @default "udp" */
  readonly transport?: "udp" | "tcp" | "tls";
  readonly tls?: ProbeTlsOptions;
  /** Whether the server may ask other servers (recursion). @default true */
  readonly recursionDesired?: boolean;
  /** The response codes that pass. @default ["NOERROR"] */
  readonly rcodes?: readonly string[];
  /** The fewest records that the answer must have. @default 1 if NOERROR passes, else 0 */
  readonly minAnswers?: number;
  /** Whether the answer must be authoritative. @default false */
  readonly authoritative?: boolean;
  /**
   * Whether a truncated UDP answer passes. If false, it is the failure `unexpected_answer`; a resolver
   * would ask again over TCP. @default false
   */
  readonly allowTruncated?: boolean;
  /** Validators of the answer's records, as lines of a zone file. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of a {@link dnsProbe}. */
export interface DnsDetails {
  address?: string;
  family?: 4 | 6;
  tls?: TlsDetails;
  /** The whole answer. */
  answer?: DnsAnswer;
}

/**
 * Checks whether a name server answers a query, over UDP, TCP or TLS, with its codes and sections.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function dnsProbe(options: DnsProbeOptions): Probe<DnsDetails> {
  const given = optionsObject("dnsProbe", options, [
    ...DIAL_KEYS,
    ...(["name", "type", "class", "port", "transport", "tls", "recursionDesired"] as const),
    ...(["rcodes", "minAnswers", "authoritative", "allowTruncated", "validators"] as const),
  ]);
  if (!isDomainName(given.name))
    throw new InvalidOptionError("dnsProbe.name", "a domain name", given.name);
  const transport = choiceOption("dnsProbe.transport", given.transport, ["udp", "tcp", "tls"]);
  const question = {
    name: given.name,
    type: choiceOption("dnsProbe.type", given.type, keysOf(RECORD_TYPES)),
    class: choiceOption("dnsProbe.class", given.class, keysOf(CLASSES)),
    recursionDesired: booleanOption("dnsProbe.recursionDesired", given.recursionDesired, true),
  };
  const dial = dialOptions("dnsProbe", given);
  const port = portOption("dnsProbe.port", given.port) ?? (transport === "tls" ? 853 : 53);
  const tls = tlsOption("dnsProbe.tls", given.tls);
  const rcodes = rcodesOption(given.rcodes);
  const wanted = {
    rcodes,
    minAnswers: given.minAnswers ?? (rcodes.includes("NOERROR") ? 1 : 0),
    authoritative: booleanOption("dnsProbe.authoritative", given.authoritative, false),
    allowTruncated: booleanOption("dnsProbe.allowTruncated", given.allowTruncated, false),
  };
  const validators = validatorsOption("dnsProbe.validators", given.validators);

  return {
    type: "dns",
    validators: validators.map(({ name }) => name),
    accepts: (target: Target) => void endpointOf(target, port),
    run: (target, context) =>
      attempt<DnsDetails>(context, {}, async (run) => {
        const endpoint = { ...dial, ...endpointOf(target, port) };
        const resolved = await resolveAddress(endpoint, run.phases, run.signal);
        Object.assign(run.details, resolved);
        const id = randomInt(0x10000);
        const packet = encodeQuestion(id, question);
        const bytes =
          transport === "udp"
            ? await askOverUdp(run, resolved, endpoint, packet)
            : await askOverTcp(
                run,
                resolved,
                endpoint,
                packet,
                transport === "tls" ? tls : undefined,
              );
        const answer = decodeAnswer(bytes);
        run.answered();
        if (answer.id !== id)
          throw new ProbeError("protocol_error", "It answered another question");
        run.details.answer = answer;
        if (run.details.tls !== undefined) run.certificate = certificateOf(run.details.tls);
        const problem = problemOf(answer, wanted);
        if (problem !== undefined) throw new ProbeError("unexpected_answer", problem);
        if (validators.length > 0) {
          await run.validate(validators, { body: Buffer.from(zoneText(answer)) });
        }
      }),
  };
}

interface Wanted {
  readonly rcodes: readonly string[];
  readonly minAnswers: number;
  readonly authoritative: boolean;
  readonly allowTruncated: boolean;
}

/** The problem of an answer; undefined if it is valid. */
function problemOf(answer: DnsAnswer, wanted: Wanted): string | undefined {
  if (!wanted.rcodes.includes(answer.rcode)) {
    return `It answered ${answer.rcode}, expected ${wanted.rcodes.join(", ")}`;
  }
  if (answer.truncated && !wanted.allowTruncated) return "The answer did not fit into its packet";
  if (wanted.authoritative && !answer.authoritative) return "It is not authoritative for the zone";
  const { length } = answer.answers;
  if (length >= wanted.minAnswers) return undefined;
  return `It answered with ${length} records, expected ${wanted.minAnswers}`;
}

/** The records of the answer section, one a line, as in a zone file. */
function zoneText({ answers }: DnsAnswer): string {
  return answers
    .map(
      ({ name, ttl, class: ofClass, type, data }) =>
        `${[name, ttl, ofClass, type, data].join("\t")}\n`,
    )
    .join("");
}

function rcodesOption(value: unknown): readonly string[] {
  const rcodes = value ?? ["NOERROR"];
  if (!Array.isArray(rcodes) || !rcodes.every((code) => RCODES.includes(code as string))) {
    throw new InvalidOptionError("dnsProbe.rcodes", `an array of ${RCODES.join(", ")}`, value);
  }
  return rcodes as string[];
}

function keysOf<T extends object>(table: T): [keyof T & string, ...(keyof T & string)[]] {
  return Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];
}
