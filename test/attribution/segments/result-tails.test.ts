import { describe, expect, test } from 'vitest';
import { called, ownerOf, reminder } from '../../support/owner-of.js';

describe('known phrases of the harness at the tail of a result belong to the harness', () => {
  test.each([
    ['PostToolUse:Bash hook additional context: zorb', 'hook:PostToolUse text Bash'],
    ['<total_tokens>zorb tokens left</total_tokens>', 'framework:reminder reminder'],
    ['The user opened the file /zorb in the IDE. It may matter.', 'framework:reminder reminder'],
    ['The user sent a new message while you were working:\nzorb\n\nThis is how it is.', 'user text'],
  ])('%s', (phrase, owner) => {
    const body = called('Bash', {}, `out\n\n${reminder(phrase)}\n${reminder('<total_tokens>1</total_tokens>')}`);
    expect([ownerOf(body, 'zorb'), ownerOf(body, 'out')]).toEqual([owner, 'tool:Bash result']);
  });

  test('a memory file in a folder above the file that was read', () => {
    const body = called(
      'Read',
      { file_path: '/a/b/c.ts' },
      `1\tout\n\n${reminder('Contents of /a/b/CLAUDE.md:\n\nzorb')}`,
    );
    expect(ownerOf(body, 'zorb')).toBe('memory:/a/b/CLAUDE.md body');
  });

  test('instructions of a server of the session', () => {
    const body = called('Read', {}, `out\n\n${reminder('# MCP Server Instructions\n\n## hill\nzorb')}`);
    expect(ownerOf(body, 'zorb', { knownServers: ['hill'], agent: null })).toBe('mcp:hill instructions');
  });

  test.each([
    ['a rule beside it', '/a/.claude/rules/c.md'],
    ['a folder further up', '/a/CLAUDE.md'],
  ])('memory of %s', (_, path) => {
    const body = called('Read', { file_path: '/a/b/c.ts' }, `1\tout\n\n${reminder(`Contents of ${path}:\n\nzorb`)}`);
    expect(ownerOf(body, 'zorb')).toBe(`memory:${path} body`);
  });

  test('a memory file that quotes a reminder', () => {
    const quoting = `Contents of /a/CLAUDE.md:\n\none\n\n${reminder('SessionStart hook success: two')}\nthree`;
    const body = called('Read', { file_path: '/a/c.ts' }, `1\tout\n\n${reminder(quoting)}`);
    expect(['one', 'two', 'three'].map((word) => ownerOf(body, word))).toEqual(
      Array(3).fill('memory:/a/CLAUDE.md body'),
    );
  });

  test('instructions of a server that an earlier list names', () => {
    const list = reminder('The following deferred tools are now available:\nmcp__hill__find');
    const body = called('Bash', {}, `out\n\n${list}\n${reminder('# MCP Server Instructions\n\n## hill\nzorb')}`);
    expect(ownerOf(body, 'zorb')).toBe('mcp:hill instructions');
  });

  test('output of a hook for a message that arrived in the meantime; without a message it is the tool’s', () => {
    const hook = reminder('UserPromptSubmit hook success: zorb');
    const tail = `${hook}\n${reminder('<total_tokens>1</total_tokens>')}`;
    const message = reminder('The user sent a new message while you were working:\nhurry');
    expect(ownerOf(called('Bash', {}, `out\n\n${message}\n${tail}`), 'zorb')).toBe('hook:UserPromptSubmit text');
    expect(ownerOf(called('Bash', {}, `out\n\n${hook}`), 'zorb')).toBe('tool:Bash result');
    expect(ownerOf(called('Bash', {}, `out\n\n${tail}`), 'zorb')).not.toMatch(/^hook/);
  });
});

test('a mentioned resource in reminders of its own belongs to its server, up to the closing words', () => {
  const texts = [
    reminder('Full contents of resource:'),
    reminder('zorb\n\nzoft'),
    reminder('Do NOT read this resource again: you have it.'),
    reminder('zink'),
    'look @hill:note://one',
  ];
  const tools = [{ name: 'mcp__hill__find', description: 'Finds', input_schema: {} }];
  const body = { tools, messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }] };
  expect(['zorb', 'zoft', 'NOT read', 'zink'].map((word) => ownerOf(body, word))).toEqual([
    'mcp:hill document',
    'mcp:hill document',
    'mcp:hill document',
    'framework:reminder text',
  ]);
});
