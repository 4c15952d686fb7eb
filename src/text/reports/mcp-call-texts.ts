import type { McpCallWithResult } from '../../history/mcp-call.js';
import type { McpMessageDetail } from '../../model/mcp.js';
import { answerText, beginningOf, contentText, requestText } from '../mcp-texts.js';
import { describeFields, printable, printableLine } from '../text.js';
import { mcpCallFacts, mcpCallIds } from './mcp-call.js';

/** Long texts are cut with a note. */
export function describeMcpCall({ call, received, carriage }: McpCallWithResult): string[] {
  return [
    ...describeFields([...mcpCallFacts(call, carriage), ...mcpCallIds(call)]),
    ...describeText('request', textOf(call.request, requestText)),
    ...describeText('answer of the server', textOf(call.answer, answerText)),
    ...describeText('what the model got', received === null ? null : contentText(received)),
  ];
}

function textOf(message: McpMessageDetail | null, read: (message: McpMessageDetail) => string): string | null {
  if (message === null) return null;
  return `${read(message)}${message.truncated ? '\n… the rest was too long to be recorded' : ''}`;
}

/** @param text null where it is not known */
function describeText(heading: string, text: string | null): string[] {
  return ['', printableLine(`── ${heading}`), text === null ? 'not recorded' : printable(beginningOf(text))];
}
