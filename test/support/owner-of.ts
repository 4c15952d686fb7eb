import { EMPTY_CONTEXT, segmentText } from '../../src/attribution/index.js';
import type { ThreadContext } from '../../src/model/segment.js';
import { attributed } from './attributed.js';

/** `source part detail` of the segments that hold a word. */
export function ownerOf(body: unknown, word: string, thread: ThreadContext = EMPTY_CONTEXT): string {
  const text = JSON.stringify(body);
  const { segments } = attributed(body, { thread });
  const holding = segments.filter((segment) => segmentText(body, text, segment).includes(word));
  return holding
    .map(({ source, part, detail }) => [source, part, ...(detail === null ? [] : [detail])].join(' '))
    .join(', ');
}

/** A request whose one user message holds these blocks; a string is a text block. */
export function user(...content: unknown[]): object {
  return { tools: [{ name: 'Bash' }], messages: [{ role: 'user', content: content.map(asBlock) }] };
}

export function asBlock(block: unknown): unknown {
  return typeof block === 'string' ? { type: 'text', text: block } : block;
}

export function reminder(text: string): string {
  return `<system-reminder>\n${text}\n</system-reminder>\n`;
}

/** A call of a tool and its result, with the next blocks of the same message. */
export function called(name: string, input: unknown, result: unknown, ...after: unknown[]): object {
  const answer = { type: 'tool_result', tool_use_id: 'call_1', content: result };
  return conversation(name, input, [answer, ...after.map(asBlock)]);
}

/** The same, of a call that failed. */
export function failed(name: string, input: unknown, result: unknown): object {
  return conversation(name, input, [{ type: 'tool_result', tool_use_id: 'call_1', content: result, is_error: true }]);
}

function conversation(name: string, input: unknown, answer: unknown[]): object {
  return {
    tools: [{ name }],
    messages: [
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name, input }] },
      { role: 'user', content: answer },
    ],
  };
}
