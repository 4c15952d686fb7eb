import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeTape } from '../../src/mcp/tape/index.js';
import { openStore } from '../../src/store/index.js';
import { call, initialize, tapeOf, text } from '../mcp/support/tapes.js';
import { aCall, aConnection } from '../store/support/mcp-records.js';
import { aRequest, aRun } from '../store/support/records.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';

const RULES = `# Mine
version: 1
rules:
  # slow
  - id: slow
    when: { tool: find }
    then: [{ delay: { ms: 200 } }]
  - id: block
    when: { tool: drop }
    then: [{ block: { reason: "no \\e[31m" } }]
`;

let sandbox: Sandbox;
let file: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  file = join(sandbox.cwd, 'rules.yaml');
  await writeFile(file, RULES.replace(' \\e[31m', ''));
});

const rules = (...args: string[]) => sandbox.run(['rules', ...args]);

async function linesOf(...args: string[]): Promise<string[]> {
  const ended = await rules(...args);
  expect(notices(ended)).toEqual([]);
  return ended.stdout.toString().trimEnd().split('\n');
}

describe('claude-trace rules', () => {
  it('lists, shows and checks a file', async () => {
    expect(await linesOf('list', 'rules.yaml')).toEqual([
      'RULE   THEN   WHEN',
      'slow   delay  { tool: find }',
      'block  block  { tool: drop }',
    ]);
    const shown = await rules('show', 'rules.yaml', 'slow', '--json');
    expect(JSON.parse(shown.stdout.toString())).toMatchObject({ id: 'slow', when: { tool: 'find' } });
    expect(parse((await rules('list', 'rules.yaml', '--yaml')).stdout.toString())).toHaveLength(2);
    expect(await linesOf('check', 'rules.yaml', '--strict')).toEqual(['rules.yaml: 2 rules, no warnings.']);

    await writeFile(file, RULES.replace('tool: drop', 'tools: drop'));
    const checked = await rules('check', 'rules.yaml');
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout.toString()).toContain(
      'rules.yaml:9:13: rules[1].when.tools: unknown field "tools"; did you mean tool?',
    );
    expect(checked.stdout.includes('\u001b')).toBe(false);
    const listed = await rules('list', 'rules.yaml');
    expect([listed.exitCode, listed.stdout.toString()]).toEqual([2, '']);
  });

  it('edits a file only when it was told to', async () => {
    const dry = await linesOf('disable', 'rules.yaml', 'slow', '--dry-run');
    expect(dry).toContain('+     enabled: false');
    const refused = await rules('disable', 'rules.yaml', 'slow');
    expect([refused.exitCode, await readFile(file, 'utf8')]).toEqual([2, RULES.replace(' \\e[31m', '')]);

    await linesOf('disable', 'rules.yaml', 'slow', '--yes');
    const removed = await rules('remove', 'rules.yaml', 'block', '--yes', '--json');
    expect(JSON.parse(removed.stdout.toString())).toEqual({ file: 'rules.yaml', changed: true, written: true });
    const added = await sandbox.run(['rules', 'add', 'rules.yaml', '--yes'], {
      stdin: '{ id: new, then: [{ tag: t }] }',
    });
    expect(added.exitCode).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(`# Mine
version: 1
rules:
  # slow
  - id: slow
    enabled: false
    when: { tool: find }
    then: [{ delay: { ms: 200 } }]
  - id: new
    then:
      - tag: t
`);
  });

  it('tells what rules would have done with a tape, and with a session', async () => {
    const tape = join(sandbox.cwd, 'a.tape.jsonl');
    const { head, frames } = tapeOf([...initialize(), ['c', 9, call(5, 'drop')], ['s', 99, text(5, 'gone')]]);
    await writeTape(tape, head, frames);
    const tried = await rules('test', 'rules.yaml', tape, '--json');
    expect(tried.exitCode).toBe(1);
    expect(JSON.parse(tried.stdout.toString())).toMatchObject({
      matched: 1,
      rules: [
        { rule: 'slow', hits: 0 },
        { rule: 'block', hits: 1 },
      ],
      found: [
        {
          name: 'drop',
          hits: [{ action: 'block', detail: 'no' }],
          steps: [{ do: 'answer', message: expect.stringContaining('"id":5') }],
        },
      ],
    });
    expect((await rules('test', 'rules.yaml', tape, '--fail-on', 'none')).exitCode).toBe(0);

    const session = '6f2c6ac4-5d9b-4a54-a0a1-3f9d6c1e0b11';
    const store = openStore(sandbox.database);
    const run = aRun({ pid: 2 ** 31 - 1 });
    store.beginRun(run);
    store.saveRequest(aRequest(run.id, { sessionId: session }));
    const connection = aConnection(run.id, { sessionId: session });
    store.saveMcp([{ type: 'connection', connection }, ...aCall(connection.id).writes]);
    // A connection over HTTP names no session: that of its run.
    const web = aConnection(run.id, { sessionId: null, transport: 'http', name: 'web' });
    store.saveMcp([{ type: 'connection', connection: web }, ...aCall(web.id).writes]);
    store.close();
    const lines = await linesOf('test', 'rules.yaml', session);
    expect(lines.join('\n')).toMatch(/serena +→ tools\/call find +slow +delay +200 ms/);
    expect(lines.join('\n')).toMatch(/web +→ tools\/call find +slow +delay +200 ms/);
    expect(lines).toContain('Rules apply to 2 of 2 messages.');
    expect((await rules('test', 'rules.yaml', run.id)).exitCode).toBe(0);
    expect((await rules('test', 'rules.yaml', session, '--fail-on', 'unused')).exitCode).toBe(1);
    await writeFile(file, 'version: 1\nrules:\n  - { id: bad, then: [{ modify: { set: { $: 5 } } }] }\n');
    const failed = await rules('test', 'rules.yaml', session);
    expect([failed.exitCode, failed.stdout.toString()]).toEqual([1, expect.stringContaining('modify had no effect')]);

    // A trial without messages is not a success.
    await writeFile(tape, (await readFile(tape, 'utf8')).split('\n').slice(0, 1).join('\n'));
    const empty = await rules('test', 'rules.yaml', tape);
    expect([empty.exitCode, notices(empty)]).toEqual([
      2,
      [expect.stringContaining('is partial'), expect.stringContaining('No message of an MCP server was recorded in')],
    ]);
    for (const args of [
      ['rules.yaml', 'none'],
      ['none.yaml', session],
    ])
      expect((await rules('test', ...args)).exitCode).toBe(2);
  });

  it('converts rules of Shadowcat', async () => {
    const condition = { method: { match_type: 'prefix', value: 'tools/' }, http_path: '/x' };
    const actions = [{ action_type: 'block', parameters: { reason: 'no' } }];
    await writeFile(
      join(sandbox.cwd, 'cat.json'),
      JSON.stringify({ rules: [{ id: 'a', match_conditions: condition, actions }] }),
    );
    const ended = await rules('import', 'cat.json');
    expect(parse(ended.stdout.toString())).toMatchObject({ version: 1, rules: [{ id: 'a', enabled: false }] });
    expect(notices(ended)).toEqual([expect.stringContaining('the condition http_path has no counterpart')]);

    await writeFile(join(sandbox.cwd, 'cut.json'), '{ "rules": [{ "id": "a", "actions": [{ "type": "pause" }] }, {');
    const cut = await rules('import', 'cut.json');
    expect([cut.exitCode, cut.stdout.toString()]).toEqual([2, '']);
    expect(cut.stderr.toString()).toContain('cut.json:1:');
  });

  it.each([
    [['list'], 'Usage: claude-trace rules list <file>'],
    [['list', 'none.yaml'], 'none.yaml does not exist.'],
    [['show', 'rules.yaml', 'slo'], 'No rule matches "slo". Did you mean slow?'],
    [['test', 'rules.yaml', 'x', '--fail-on', 'bloc'], '--fail-on: give none, or some of tag'],
    [['list', 'rules.yaml', '--json', '--yaml'], 'Give only one of --json, --yaml.'],
    [['import', 'rules.yaml'], 'left out, since no action is left'],
  ])('refuses %j', async (args, message) => {
    expect((await rules(...args)).stderr.toString()).toContain(message);
  });
});
