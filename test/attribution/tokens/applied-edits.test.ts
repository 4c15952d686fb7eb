import { describe, expect, test } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/attribution/index.js';
import { clearedByEdits } from '../../../src/attribution/tokens/applied-edits.js';
import { weighRequest } from '../../../src/attribution/tokens/weigh.js';
import { answered, call, result, said } from '../../support/conversation.js';

const thinking = (text: string) => ({ type: 'thinking', thinking: text, signature: 'c2lnbmVk' });

const BODY = {
  messages: [
    said('Go.'),
    answered(thinking('brindle'), call('c1', 'Read')),
    result('c1', 'zoft'),
    answered(call('c2', 'Bash', { command: 'quorn' })),
    result('c2', 'mellip'),
    said('On.'),
    answered(thinking('tavish'), call('c3', 'Read')),
    result('c3', 'snarkle'),
  ],
};

/** The content of what is cleared. */
function cleared(edits: readonly object[], applied: readonly object[]): string[] {
  const body = { ...BODY, context_management: { edits } };
  const pieces = weighRequest(body, JSON.stringify(body), EMPTY_CONTEXT);
  const indexes = clearedByEdits(pieces, body, { applied_edits: applied });
  return [...indexes].map((index) => pieces[index]?.content ?? '');
}

describe('content that the API cleared', () => {
  const toolUses = 'clear_tool_uses_20250919';
  const thoughts = 'clear_thinking_20251015';

  test('is the given number of oldest results', () => {
    expect(cleared([{ type: toolUses }], [{ type: toolUses, cleared_tool_uses: 2 }])).toEqual(['zoft', 'mellip']);
  });

  test('has no results of excluded tools', () => {
    const edits = [{ type: toolUses, exclude_tools: ['Read'] }];
    expect(cleared(edits, [{ type: toolUses, cleared_tool_uses: 1 }])).toEqual(['mellip']);
  });

  test('includes the calls where the request asks for it', () => {
    const edits = [{ type: toolUses, clear_tool_inputs: true }];
    const [first, second] = cleared(edits, [{ type: toolUses, cleared_tool_uses: 1 }]);
    expect(first).toContain('"id":"c1"');
    expect(second).toBe('zoft');
  });

  test('may be the thinking of the oldest turns', () => {
    expect(cleared([{ type: thoughts }], [{ type: thoughts, cleared_thinking_turns: 1 }])).toEqual(['brindle']);
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [{ applied_edits: 'zoft' }],
    [{ applied_edits: [null, { type: 'next_years' }] }],
  ])('is empty for the answer %j', (contextManagement) => {
    const pieces = weighRequest(BODY, JSON.stringify(BODY), EMPTY_CONTEXT);
    expect(clearedByEdits(pieces, BODY, contextManagement).size).toBe(0);
  });
});
