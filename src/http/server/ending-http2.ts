import { constants } from "node:http2";
import type { UnfinishedReason } from "./ending.ts";

/** What a closed HTTP/2 stream knows of its end. */
export interface ClosedStream {
  /** The error code of RST_STREAM; zero for none. */
  readonly rstCode: number | undefined;
  /** Whether it was closed before this side had ended it. */
  readonly aborted: boolean;
  /** Whether this program destroyed the stream, or the session did. */
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly headersSent: boolean;
  readonly session?: { readonly destroyed: boolean; readonly closed: boolean } | undefined;
}

/** Why a stream ended without a whole response; undefined where it has one. */
export function streamReason(stream: ClosedStream): UnfinishedReason | undefined {
  const { rstCode, aborted, destroyed, writableEnded, headersSent, session } = stream;
  const code = rstCode ?? constants.NGHTTP2_NO_ERROR;
  if (code === constants.NGHTTP2_NO_ERROR && writableEnded && headersSent && !aborted) {
    return undefined;
  }
  const sessionEnded = session === undefined || session.destroyed;
  if (destroyed && !sessionEnded) return "server_aborted";
  switch (code) {
    case constants.NGHTTP2_NO_ERROR:
    case constants.NGHTTP2_INTERNAL_ERROR:
    case constants.NGHTTP2_REFUSED_STREAM:
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return "server_aborted";
    // Also what Node.js gives to the streams of a connection that is lost.
    case constants.NGHTTP2_CANCEL:
      return "client_disconnected";
    case constants.NGHTTP2_PROTOCOL_ERROR:
    case constants.NGHTTP2_FLOW_CONTROL_ERROR:
    case constants.NGHTTP2_STREAM_CLOSED:
    case constants.NGHTTP2_FRAME_SIZE_ERROR:
    case constants.NGHTTP2_COMPRESSION_ERROR:
      return "invalid_request";
    default:
      return "_OTHER";
  }
}
