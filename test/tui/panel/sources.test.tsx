import { describe, expect, it } from 'vitest';
import { aBody, aShare } from '../../store/support/records.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the sources of a request', () => {
  it('shows how much of each source is new, and a dash where that is unknown', async () => {
    const { file, send, answer } = someRequests(1);
    const panel = showPanel(file);
    expect(await panel.says(/serena +█+ +600 /)).toMatch(/600 +60 % +\$0\.0006 +–/);
    answer(send(), {}, [aShare('user', 40, { newTokens: 30 }), aShare('mcp:serena', 650, { newTokens: 0 })]);
    const screen = await panel.says(/serena +█+ +650 /);
    expect(screen).toMatch(/conversation \(1\) .* 40 +6 % .*\+30 *$/m);
    expect(screen).toMatch(/serena .* 650 +94 % +\$0\.000\d +(?:never called)?$/m);
  });

  it('unfolds groups, sources and their parts, leads to the text of a source, and back to its row', async () => {
    const { file, send, answer } = someRequests(0);
    const result = 'the \x1b[2Jresult of a ticket';
    const body = {
      model: 'claude-test',
      tools: [{ name: 'mcp__tickets__read', description: 'Reads one.', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'mcp__tickets__read', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: result }] },
      ],
    };
    answer(send({ body: aBody(JSON.stringify(body)) }), {}, [
      aShare('user', 10),
      aShare('tool:Read', 300),
      aShare('tool:Bash', 200),
      aShare('mcp:tickets', 40, { part: 'definition' }),
      aShare('mcp:tickets', 25, { part: 'result' }),
    ]);
    const panel = showPanel(file);
    await panel.says(/▸ tools \(2\)[\s\S]*▾ mcp \(1\)[\s\S]* ▸ tickets/);
    await panel.press(KEYS.right);
    expect(await panel.says('Enter text')).not.toContain(' Bash ');
    await panel.press(KEYS.right);
    await panel.says(/▾ tools[\s\S]* Read [\s\S]* Bash /);
    await panel.press('\x1b[D');
    await panel.says(/▸ tools/);
    await panel.press('j', 'j', KEYS.right, 'j', 'y');
    await panel.says(/▾ tickets[\s\S]* definition .* 40 [\s\S]* result .* 25 /);
    await panel.press('j', KEYS.enter);
    const text = await panel.says(/only mcp:tickets result: 1 piece, [\s\S]*\n── mcp:tickets result/);
    expect(text).toContain('the �[2Jresult of a ticket');
    expect(text).not.toMatch(/Reads one|── user/);
    await panel.press('\x1b');
    await panel.says('Enter text');
    await panel.press('k', KEYS.enter);
    expect(await panel.says('only mcp:tickets definition')).toContain('Reads one.');
    await panel.press('\x1b', ...Array(5).fill('\x1b[D'));
    expect(await panel.says('Enter open')).toMatch(/▸ mcp/);
    expect(panel.copied).toEqual(['mcp:tickets']);
  });

  it('leads from a source in the overview of a request to its text, and back', async () => {
    const { file, send, answer } = someRequests(0);
    const body = {
      model: 'claude-test',
      tools: [{ name: 'mcp__tickets__read', description: 'Reads one.', input_schema: { type: 'object' } }],
      messages: [{ role: 'user', content: 'hi' }],
    };
    answer(send({ body: aBody(JSON.stringify(body)) }), {}, [
      aShare('mcp:tickets', 400, { part: 'definition' }),
      aShare('user', 10),
    ]);
    const panel = showPanel(file, { rows: 14 });
    await panel.says('1/1');
    await panel.press(KEYS.enter);
    const overview = await panel.says(/── what is new[\s\S]* tickets /);
    // Without a selected source, Enter leads nowhere.
    await panel.press(KEYS.enter);
    expect(panel.screen()).toBe(overview);
    await panel.press('j', KEYS.enter);
    expect(await panel.says('only mcp:tickets')).toContain('Reads one.');
    await panel.press('\x1b');
    await panel.says(/── what is new[\s\S]* tickets /);
    // The next one, past the line of its group; then back over both, and scrolling where no section follows.
    await panel.press('j', KEYS.enter);
    await panel.says('only user');
    await panel.press('\x1b');
    await panel.says(/── what is new[\s\S]* tickets /);
    await panel.press('k', 'k', 'k', KEYS.enter);
    await panel.says('only mcp:tickets');
    await panel.press('l');
    await panel.says('[response]');
    await panel.press('\x1b');
    await panel.says('1/1');
  });

  it('shows the cost of MCP servers and skills without a key, and nothing at 0 % and $0.0000', async () => {
    const { file, send, answer } = someRequests(30);
    answer(send(), {}, [
      ...Array.from({ length: 20 }, (_, index) => aShare(`tool:Tool${index}`, 500)),
      ...Array.from({ length: 12 }, (_, index) => aShare(`skill:skill${index}`, index === 0 ? 150 : 5)),
      aShare('framework:prompt', 4_000),
      aShare('user', 100),
      aShare('memory:/CLAUDE.md', 100),
      aShare('mcp:tickets', 700),
      aShare('mcp:wiki', 0),
    ]);
    for (const [columns, rows] of [
      [80, 24],
      [46, 34],
      [120, 35],
      [200, 50],
    ] as const) {
      const screen = await showPanel(file, { columns, rows }).says(/▾ mcp \(1\) .* \$0\.0007/);
      expect(screen).toMatch(/ tickets .* 700 +\d % +\$0\.0007/);
      expect(screen).toMatch(/▾ skills \(12\) .* 205 +1 % +\$0\.0002[\s\S]* skill0 /);
      expect(screen).toMatch(/… 11 more .* 55 +<1 % +\$0\.0001/);
      expect(screen).not.toMatch(/ 0 % | \$0\.0000/);
    }
  });
});
