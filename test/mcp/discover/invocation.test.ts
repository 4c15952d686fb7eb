import { describe, expect, it } from 'vitest';
import { withClaudeSettings } from '../../../src/mcp/discover/index.js';

describe('the settings of a command line', () => {
  it.each([
    ['claude', 'claude --settings F'],
    ['claude -p hello', 'claude --settings F -p hello'],
    ['claude --settings {} --model x --settings=y', 'claude --settings F --model x'],
    ['claude -p -- --settings x', 'claude --settings F -p -- --settings x'],
    ['npx @anthropic-ai/claude-code@2 -p hello', 'npx @anthropic-ai/claude-code@2 --settings F -p hello'],
    ['python agent.py --settings x', 'python agent.py --settings x'],
  ])('are replaced: %s', (given, expected) => {
    expect(withClaudeSettings(given.split(' '), 'F').join(' ')).toBe(expected);
  });
});
