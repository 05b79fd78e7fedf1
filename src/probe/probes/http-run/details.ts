import type { TlsDetails } from "../../net/certificate.ts";

/** The details of an {@link httpProbe}. With redirects, they describe the last answer. */
export interface HttpDetails {
  /** The URL of the last request. */
  url?: string;
  address?: string;
  family?: 4 | 6;
  tls?: TlsDetails;
  /** `1.1`, `2.0` */
  httpVersion?: string;
  /** By lower-case name. */
  headers?: Readonly<Record<string, string>>;
  /** The value of `Content-Length`. Absent without that header. */
  contentLength?: number;
  /** How many bytes of the body were read, after decompression. */
  bodyBytes?: number;
  /** How many redirects there were, including one that was not followed. */
  redirects: number;
  /** Whether a kept connection was used. */
  reused?: boolean;
}
