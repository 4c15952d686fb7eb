import { headerOf } from '../../../base/headers.js';
import { isRecord, type JsonRecord } from '../../../base/json.js';
import type { HeaderList } from '../../../model/exchange.js';
import { blocksOf, isServerTool, messagesOf } from '../../segments/body-parts.js';

/** The signs of a request's purpose, above all settings, which nobody types. */
export interface RequestShape {
  /** Value of the first header with this lower-case name. */
  header(name: string): string | null;
  maxTokens: unknown;
  /** none; server: only tools that the API runs itself; client: at least one that Claude Code runs. */
  tools: 'none' | 'server' | 'client';
  /** Properties of the JSON schema that the answer must have; null when it may be any text. */
  answerKeys: readonly string[] | null;
  /** The answer's beginning is given: the last message is the assistant's. */
  prefilled: boolean;
  /** The answer ends at given texts. */
  stopSequences: boolean;
  /**
   * Where the last cache mark of the messages is. A conversation has it at its last user message (system messages may
   * follow), because it continues from there; a fork, which asks one thing and is thrown away, before it.
   */
  mark: 'none' | 'end' | 'before';
  temperature: unknown;
  systemTexts: readonly string[];
  billingHeader: boolean;
  /** Texts of the last user message. */
  lastTexts: readonly string[];
  /** The text of the only message; null when there is more. */
  onlyText: string | null;
}

export function readShape(body: unknown, headers: HeaderList): RequestShape {
  const request = isRecord(body) ? body : {};
  const messages = messagesOf(body).filter(isRecord);
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  const lastMark = messages.findLastIndex((message) => blocksOf(message).some(isMarked));
  const systemTexts = textsOf(request.system);
  const lastTexts = textsOf(messages[lastUser]?.content);
  return {
    header: (wanted) => headerOf(headers, wanted),
    maxTokens: request.max_tokens,
    tools: toolKind(request),
    answerKeys: answerKeys(request),
    prefilled: messages.at(-1)?.role === 'assistant',
    stopSequences: Array.isArray(request.stop_sequences) && request.stop_sequences.length > 0,
    mark: lastMark === -1 ? 'none' : lastMark < lastUser ? 'before' : 'end',
    temperature: request.temperature,
    systemTexts,
    billingHeader: systemTexts[0]?.startsWith('x-anthropic-billing-header:') ?? false,
    lastTexts,
    onlyText: messages.length === 1 && lastTexts.length === 1 ? (lastTexts[0] ?? null) : null,
  };
}

function isMarked(block: JsonRecord): boolean {
  return isRecord(block.cache_control);
}

function toolKind({ tools }: JsonRecord): RequestShape['tools'] {
  if (!Array.isArray(tools) || tools.length === 0) return 'none';
  return tools.every(isServerTool) ? 'server' : 'client';
}

/** `output_config.format`; 2.1.50 sends the beta's `output_format`. */
function answerKeys({ output_config, output_format }: JsonRecord): string[] | null {
  const format = (isRecord(output_config) ? output_config.format : undefined) ?? output_format;
  if (!isRecord(format) || format.type !== 'json_schema') return null;
  const schema = format.schema;
  return isRecord(schema) && isRecord(schema.properties) ? Object.keys(schema.properties) : [];
}

function textsOf(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block) => (isRecord(block) && typeof block.text === 'string' ? [block.text] : []));
}
