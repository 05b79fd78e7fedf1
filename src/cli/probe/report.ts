import { PROBE_PHASES, type ProbeResult } from "../../probe/contract.ts";
import type { TlsDetails } from "../../probe/net/certificate.ts";
import { tableLines } from "../../shared/table.ts";

/** How wide the bars of the phases are, in characters. */
const BAR_WIDTH = 40;
const DAY_MS = 86_400_000;

/** The fields that details of several probes share. */
interface CommonDetails {
  readonly address?: string;
  readonly httpVersion?: string;
  readonly url?: string;
  readonly redirects?: number;
  readonly tls?: TlsDetails;
  readonly servingStatus?: string;
  readonly answer?: {
    readonly answers: readonly { readonly type: string; readonly data: string }[];
  };
}

/** The result of one run, for people. */
export function reportLines(target: string, result: ProbeResult): string[] {
  const details = (result.details ?? {}) as CommonDetails;
  return [
    headline(target, result),
    ...(result.error === undefined ? [] : [`  ${result.error.message}`]),
    ...phaseLines(result).map((line) => `  ${line}`),
    ...certificateLines(details.tls).map((line) => `  ${line}`),
    ...(details.answer?.answers ?? []).map(({ type, data }) => `  ${type} ${data}`),
    ...(result.validations ?? []).map(({ name, passed, reason }) => {
      return `  ${passed ? "passed" : "FAILED"} ${name}${passed ? "" : `: ${reason}`}`;
    }),
  ];
}

/** `PASS https://example.org 200 HTTP/1.1 192.0.2.1 12.3 ms` */
export function headline(target: string, result: ProbeResult): string {
  const {
    address,
    httpVersion,
    redirects = 0,
    servingStatus,
  } = (result.details ?? {}) as CommonDetails;
  return [
    result.success ? "PASS" : "FAIL",
    target,
    result.statusCode,
    httpVersion === undefined ? undefined : `HTTP/${httpVersion}`,
    servingStatus,
    redirects === 0 ? undefined : `after ${redirects} redirect${redirects === 1 ? "" : "s"}`,
    address,
    result.latencyMs === undefined ? undefined : milliseconds(result.latencyMs),
  ]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** Each phase with its time, and a bar that shows its place in the whole. */
function phaseLines({ phasesMs = {} }: ProbeResult): string[] {
  const phases = PROBE_PHASES.filter((phase) => phasesMs[phase] !== undefined);
  const totalMs = phases.reduce((sum, phase) => sum + phasesMs[phase]!, 0);
  let before = 0;
  const rows = phases.map((phase) => {
    const ms = phasesMs[phase]!;
    const from = Math.round((before / (totalMs || 1)) * BAR_WIDTH);
    before += ms;
    const to = Math.max(from + 1, Math.round((before / (totalMs || 1)) * BAR_WIDTH));
    return [phase, milliseconds(ms), `${" ".repeat(from)}${"█".repeat(to - from)}`];
  });
  return rows.length === 0 ? [] : tableLines(rows, ["left", "right", "left"]);
}

function certificateLines(tls: TlsDetails | undefined): string[] {
  const leaf = tls?.chain[0];
  if (tls === undefined || leaf === undefined) return [];
  const days = Math.floor((leaf.notAfterMs - Date.now()) / DAY_MS);
  const when = days < 0 ? `expired ${-days} days ago` : `expires in ${days} days`;
  return [
    `certificate of ${leaf.subject} by ${leaf.issuer}, ${when}, ${tls.trusted ? "trusted" : `not trusted: ${tls.problem}`}`,
    `${tls.protocol} ${tls.cipher}`,
  ];
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
