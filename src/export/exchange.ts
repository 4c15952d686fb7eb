import type { RequestDetail, RequestRow } from '../store/index.js';

type BodyInfo = RequestDetail['request_body'];

/** A stored body as exports carry it. */
export interface ExportedBody {
  info: BodyInfo;
  /** Without its content coding; with it where that cannot be undone; null where what is stored cannot be read. */
  bytes: Uint8Array | null;
  /** Why `bytes` is not the body as it was meant; null when it is. */
  problem: string | null;
}

/** One request with all that is stored of it. */
export interface ExportedExchange {
  row: RequestRow;
  /** Null when it cannot be read: damage costs a request its headers, never its row. */
  detail: RequestDetail | null;
  /** Null without detail. */
  requestBody: ExportedBody | null;
  /** Null without a response. */
  responseBody: ExportedBody | null;
  /** What of it could not be read, or is cut off; empty when all is there. */
  problems: string[];
}
