import type { TlsDetails } from "../../net/certificate.ts";

/** What a {@link httpProbe} finds. What belongs to an answer is that of the last. */
export interface HttpDetails {
  /** Where the last request went. */
  url?: string;
  address?: string;
  family?: 4 | 6;
  tls?: TlsDetails;
  /** `1.1`, `2.0` */
  httpVersion?: string;
  /** By lower-case name. */
  headers?: Readonly<Record<string, string>>;
  /** What the header `Content-Length` said. Absent without one. */
  contentLength?: number;
  /** How much of the body was read, in bytes, decompressed. */
  bodyBytes?: number;
  /** How many redirects there were. One that was not followed counts. */
  redirects: number;
  /** Whether the connection was one that was kept. */
  reused?: boolean;
}
