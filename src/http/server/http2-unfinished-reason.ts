import type { UnfinishedReason } from "./unfinished-reason.ts";

/** Error codes of RFC 9113, section 7. Importing `node:http2` for them would load it everywhere. */
const codes = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** The fields of a closed HTTP/2 stream that tell how it ended. */
export interface ClosedStream {
  /** The error code of RST_STREAM, or zero. */
  readonly rstCode: number | undefined;
  /** Whether the stream closed before this side had ended it. */
  readonly aborted: boolean;
  /** Whether this program destroyed the stream, or the session did. */
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly headersSent: boolean;
  readonly session?: { readonly destroyed: boolean; readonly closed: boolean } | undefined;
}

/** Returns why a stream has no complete response, or undefined if it has one. */
export function streamReason(stream: ClosedStream): UnfinishedReason | undefined {
  const { rstCode, aborted, destroyed, writableEnded, headersSent, session } = stream;
  const code = rstCode ?? codes.NO_ERROR;
  if (code === codes.NO_ERROR && writableEnded && headersSent && !aborted) {
    return undefined;
  }
  const sessionEnded = session === undefined || session.destroyed;
  if (destroyed && !sessionEnded) return "server_aborted";
  switch (code) {
    case codes.NO_ERROR:
    case codes.INTERNAL_ERROR:
    case codes.REFUSED_STREAM:
    case codes.ENHANCE_YOUR_CALM:
      return "server_aborted";
    // Node.js also uses this for the streams of a lost connection.
    case codes.CANCEL:
      return "client_disconnected";
    case codes.PROTOCOL_ERROR:
    case codes.FLOW_CONTROL_ERROR:
    case codes.STREAM_CLOSED:
    case codes.FRAME_SIZE_ERROR:
    case codes.COMPRESSION_ERROR:
      return "invalid_request";
    default:
      return "_OTHER";
  }
}
