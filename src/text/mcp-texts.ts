import { isRecord, parseJson, parseRecord, stringOr } from '../base/json.js';
import { isTooDeep } from '../base/map-strings.js';
import type { McpMessageDetail } from '../model/mcp-rows.js';

type MessageBytes = Pick<McpMessageDetail, 'bytes'>;

/** In UTF-16 units. */
const MAX_SHOWN = 20_000;

/** The beginning of a text of any length, with the number of characters that are missing. */
export function beginningOf(text: string, max = MAX_SHOWN): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n… ${text.length - max} more characters`;
}

/** The arguments of a call, as JSON with line breaks. */
export function requestText(message: MessageBytes): string {
  return textOfMessage(message, ({ params }) => {
    if (!isRecord(params)) return undefined;
    return params.arguments ?? (params.uri === undefined ? undefined : { uri: params.uri });
  });
}

/** What a server answered: its blocks of text as they are, everything else as JSON. */
export function answerText(message: MessageBytes): string {
  return textOfMessage(message, ({ result, error }) => {
    if (result === undefined) return error;
    return isRecord(result) ? resultText(result) : result;
  });
}

/** Content of a result: of a `tool_result` of the API, or of MCP. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(blockText).join('\n\n') : jsonText(content);
}

function resultText({
  content,
  structuredContent,
  isError: _,
  _meta: __,
  ...others
}: Readonly<Record<string, unknown>>) {
  return [
    ...(Array.isArray(content) ? [contentText(content)] : []),
    ...(structuredContent === undefined ? [] : [`structured content:\n${jsonText(structuredContent)}`]),
    ...(Object.keys(others).length === 0 ? [] : [jsonText(others)]),
  ].join('\n\n');
}

function blockText(block: unknown): string {
  if (!isRecord(block)) return jsonText(block);
  if (block.type === 'text') return stringOr(block.text, '');
  const data = bulkOf(block);
  return data === null ? jsonText(block) : `[${String(block.type)}, ${data}]`;
}

/** Base64 says nothing to a person. */
function bulkOf(block: Readonly<Record<string, unknown>>): string | null {
  const source = isRecord(block.source) ? block.source : block;
  const { data } = source;
  if (typeof data !== 'string') return null;
  const type = stringOr(source.mimeType, null) ?? stringOr(source.media_type, 'unknown type');
  return `${type}, ${data.length} characters of base64`;
}

/** Line breaks and indents could make hundreds of megabytes of a large value. */
const MAX_INDENTED = 100_000;

function jsonText(value: unknown): string {
  if (value === undefined) return '';
  if (isTooDeep(value)) return '[nested too deep]';
  const text = JSON.stringify(value);
  return text.length > MAX_INDENTED ? text : JSON.stringify(value, null, 2);
}

/** A part of a message; the whole message where it has no such part. */
function textOfMessage(
  { bytes }: MessageBytes,
  partOf: (message: Readonly<Record<string, unknown>>) => unknown,
): string {
  if (bytes === null) return '[damaged: claude-trace verify]';
  const text = Buffer.from(bytes).toString('utf8');
  const message = parseRecord(text);
  const part = message === null ? undefined : partOf(message);
  if (part === undefined) return message === null ? text : jsonText(parseJson(text));
  return typeof part === 'string' ? part : jsonText(part);
}
