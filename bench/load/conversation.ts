import { randomUUID } from 'node:crypto';
import { code, filePath, prose, seeded } from '../../test/support/truth/texts.js';

/** A conversation grows between these sizes, by a tool call and its result with each request; then the next one begins. */
const FIRST_BYTES = 130_000;
const LAST_BYTES = 500_000;
const TURNS = 25;

const MODEL = 'claude-sonnet-4-5-20250929';
/** Of `code`, as JSON. */
const BYTES_PER_LINE = 75;

/** A request of the Messages API. */
export interface ConversationTurn {
  session: string;
  body: string;
}

/** @returns a function that makes the next request of a conversation like Claude Code's: system prompt, tools, files that were read */
export function createConversation(): () => ConversationTurn {
  const random = seeded(18);
  const tools = Array.from({ length: 24 }, (_, index) => ({
    name: index < 14 ? `Tool${index}` : `mcp__server${index % 3}__tool${index}`,
    description: prose(random, 350),
    input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  }));
  const system = [{ type: 'text', text: prose(random, 2_500), cache_control: { type: 'ephemeral' } }];
  const linesPerTurn = Math.round((LAST_BYTES - FIRST_BYTES) / TURNS / BYTES_PER_LINE);
  let session = '';
  let messages: object[] = [];
  let bytes = Number.POSITIVE_INFINITY;

  const readFile = (lines: number) => {
    const id = `toolu_01${randomUUID().replaceAll('-', '').slice(0, 22)}`;
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: prose(random, 40) },
          { type: 'tool_use', id, name: 'Tool3', input: { path: filePath(random) } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: code(random, lines) }] },
    );
  };
  const begin = () => {
    session = randomUUID();
    messages = [{ role: 'user', content: [{ type: 'text', text: prose(random, 60) }] }];
    const fixed = JSON.stringify([system, tools]).length;
    while (fixed + JSON.stringify(messages).length < FIRST_BYTES) readFile(100);
  };

  return () => {
    if (bytes > LAST_BYTES) begin();
    else readFile(linesPerTurn);
    const body = JSON.stringify({ model: MODEL, max_tokens: 32_000, system, tools, messages, stream: true });
    bytes = body.length;
    return { session, body };
  };
}
