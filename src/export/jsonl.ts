import type { RequestRow } from '../store/index.js';
import type { ExportedBody, ExportedExchange } from './exchange.js';
import { jsonBytes } from './text.js';

/** A line a request: the row of `query --json`. */
export function rowLine(row: RequestRow): string {
  return `${JSON.stringify(row)}\n`;
}

/**
 * A line a request: the row, what `show --json` adds to it (but its segments), and the bodies. A body has `text` where it
 * is UTF-8, else `base64`, both without content coding; `problem` tells why it is not whole, or not there.
 */
export function exchangeLine({ row, detail, requestBody, responseBody, problems }: ExportedExchange): string {
  if (detail === null) return `${JSON.stringify({ ...row, problems })}\n`;
  const { thread: _thread, solution: _solution, damaged: _damaged, response, ...request } = detail;
  return `${JSON.stringify({
    ...request,
    request_body: bodyToJson(requestBody),
    response: response && { ...response, body: bodyToJson(responseBody) },
    problems,
  })}\n`;
}

function bodyToJson(body: ExportedBody | null) {
  return body && { ...body.info, ...(body.bytes && jsonBytes(body.bytes)), problem: body.problem };
}
