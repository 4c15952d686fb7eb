import { toJsonRow } from '../base/json-row.js';
import { VERSION } from '../settings/version.js';
import type { Reader } from '../store/index.js';
import { requestCsvHeading, requestCsvLine } from '../text/reports/csv.js';
import { carriedCalls } from './carried-calls.js';
import { type ExportedBody, type ExportedExchange, jsonBytes } from './exported-exchange.js';
import type { Format } from './format.js';
import { harEntry } from './har/entry.js';

export const FORMATS = ['har', 'jsonl', 'csv', 'md', 'html'] as const;
export type FormatName = (typeof FORMATS)[number];

/** Formats for people: `conversationFormat` makes them. */
export type ConversationFormatName = 'md' | 'html';

export function isConversationFormat(name: FormatName): name is ConversationFormatName {
  return name === 'md' || name === 'html';
}

export function formatOf(
  name: Exclude<FormatName, ConversationFormatName>,
  withBodies: boolean,
  reader: Reader,
): Format {
  switch (name) {
    case 'har':
      return {
        beginning: `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'claude-trace', version: VERSION })},"entries":[\n`,
        separator: ',\n',
        end: '\n]}}\n',
        entry: (_, read) => JSON.stringify(harEntry(read())),
      };
    case 'jsonl':
      return {
        beginning: '',
        separator: '',
        end: '',
        entry(row, read) {
          const calls = carriedCalls(reader, row);
          const mcpCalls = calls.length === 0 ? {} : { mcp_calls: toJsonRow(calls) };
          const hits = reader.requestHits(row.id);
          const ruleHits = hits.length === 0 ? {} : { rule_hits: toJsonRow(hits) };
          const request = withBodies ? exchangeRow(read()) : toJsonRow(row);
          return `${JSON.stringify({ ...request, ...mcpCalls, ...ruleHits })}\n`;
        },
      };
    case 'csv':
      return { beginning: requestCsvHeading(), separator: '', end: '', entry: (row) => requestCsvLine(row) };
  }
}

/**
 * The row, what `show --json` adds to it (except its segments), and the bodies. A body has `text` where it is UTF-8, else
 * `base64`, both without content coding; `problem` says why it is missing or not whole.
 */
export function exchangeRow({ row, detail, requestBody, responseBody, problems }: ExportedExchange): object {
  if (detail === null) return { ...toJsonRow(row), problems };
  const { thread: _thread, solution: _solution, damaged: _damaged, response, ...request } = detail;
  return {
    ...toJsonRow(request),
    request_body: bodyToJson(requestBody),
    response: response && { ...toJsonRow(response), body: bodyToJson(responseBody) },
    problems,
  };
}

function bodyToJson(body: ExportedBody | null) {
  return body && { ...body.info, ...(body.bytes && jsonBytes(body.bytes)), problem: body.problem };
}
