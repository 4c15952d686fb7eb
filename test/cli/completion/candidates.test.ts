import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { COMMANDS } from '../../../src/cli/command-table.js';
import { candidatesFor } from '../../../src/cli/completion/candidates.js';
import { escapeWord, splitLine } from '../../../src/cli/completion/split-line.js';
import { openLiveChannel } from '../../../src/runtime/live-channel.js';
import { announceRun } from '../../../src/runtime/live-runs.js';

/** A file of rules. */
const RULES = join(mkdtempSync(join(tmpdir(), 'claude-trace-test-')), 'rules.yaml');
writeFileSync(RULES, 'rules:\n  - id: slow\n  - { "id": "block", then: [] }\n');
afterAll(() => rmSync(dirname(RULES), { recursive: true }));

const values = async (...words: string[]) => {
  const candidates = await candidatesFor(words.slice(0, -1), words.at(-1) ?? '');
  return typeof candidates === 'string' ? candidates : candidates.map(({ value }) => value);
};

describe('candidatesFor', () => {
  it.each(COMMANDS.map(({ name }) => name))('describes every option of %s', async (name) => {
    const candidates = await candidatesFor([name], '--');
    if (typeof candidates === 'string') throw new Error('words, not files');
    expect(candidates.map(({ value }) => value)).toContain('--help');
    for (const { value, description } of candidates)
      expect([value, description]).toEqual([value, expect.stringMatching(/./)]);
  });

  it.each<[words: string[], some: string[], none: string[]]>([
    [[''], ['wrap', 'query', 'help'], ['--version']],
    [['-'], ['--help', '--version'], ['wrap']],
    [['help', ''], ['wrap'], ['--help']],
    [['query', '--no'], ['--no-rated'], ['--no-json']],
    [['query', '--json', '--'], ['--csv'], ['--json']],
    [['query', ''], ['--source'], []],
    [['stats', '--by', ''], ['source', 'week'], ['--json']],
    [['stats', '--by=s'], ['--by=source'], ['source']],
    [['query', '--since', ''], ['today', '7d'], []],
    [['rate', 'last', ''], ['+', '-'], ['last']],
    [['rate', 'last', '-', ''], ['--comment'], ['+']],
    [['mcp', ''], ['show', 'record', 'bridge'], ['last']],
    [['tape', 'list', '--server', ''], [], ['show', 'record']],
    [['replay', ''], ['api'], []],
    [['replay', '--speed', ''], ['max'], []],
    [['rules', 'resume', ''], ['all'], []],
    [['mcp', '--state', ''], ['error', 'tool_error'], ['show']],
    [['config', ''], ['get', 'token'], []],
    [['tape', ''], ['record', 'validate'], ['last']],
    [['tape', 'show', ''], ['last'], ['record']],
    [['tape', 'validate', 'a', ''], ['last'], []],
    [['tape', 'list', '--format', ''], ['mermaid', 'v0'], []],
    [['config', 'set', ''], ['ui.layout'], []],
    [['config', 'set', 'ui.layout', ''], ['split', 'tmux'], []],
    [['config', 'set', 'enabled', ''], ['true', 'false'], []],
    [['rules', ''], ['check', 'disable'], ['--strict']],
    [['rules', 'show', RULES, ''], ['slow', 'block'], ['last']],
    [['rules', 'show', 'missing.yaml', ''], [], ['slow']],
    [['wrap', ''], ['--', '--layout'], []],
    [['wrap', '--layout', ''], ['auto', 'none'], ['--']],
    [['tui', '--'], ['--session'], ['--run', '--channel']],
    [['frobnicate', ''], [], ['--help']],
    [['query', '--frobnicate=', ''], [], []],
  ])('completes %j', async (words, some, none) => {
    const offered = await values(...words);
    expect(offered).toEqual(expect.arrayContaining(some));
    for (const word of none) expect(offered).not.toContain(word);
  });

  it('offers the messages that active runs hold', async () => {
    const dataDir = dirname(RULES);
    vi.stubEnv('CLAUDE_TRACE_DATA_DIR', dataDir);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const message = { id: 'pause_1' as const, rule: 'slow', server: 'tickets', method: 'tools/call', name: 'read' };
    const channel = await openLiveChannel({
      onProgress: () => () => {},
      paused: () => [{ ...message, since: 0, limitMs: 1_000, alerts: [] }],
      onPaused: () => () => {},
      ruleFailures: () => [],
      resume: () => {},
    });
    onTestFinished(() => channel.close());
    const retract = announceRun({ dataDir }, { runId: 'run_1', rules: 'rules.yaml', socket: channel.path });
    onTestFinished(retract);
    expect(await candidatesFor(['rules', 'resume'], '')).toEqual([
      { value: 'all', description: 'all paused messages' },
      { value: 'pause_1', description: 'tickets tools/call read' },
    ]);
  });

  it('leaves files, and command lines of other programs, to the shell', async () => {
    expect(await values('export', '--output', '')).toBe('files');
    expect(await values('tape', 'import', '')).toBe('files');
    expect(await values('rules', 'check', '')).toBe('files');
    expect(await values('import', '')).toBe('files');
    expect(await values('wrap', '--rules', '')).toBe('files');
    expect(await values('gateway', 'check', '--config=')).toBe('files');
    expect(await values('replay', '--junit', '')).toBe('files');
    expect(await values('mcp', 'record', '--', 'n')).toBe('command');
    expect(await values('wrap', '--quiet', '--', 'cl')).toBe('command');
    expect(await values('query', '--', '')).toEqual([]);
  });
});

describe('splitLine', () => {
  it.each<[line: string, words: string[], current: string, quote: string]>([
    ['claude-trace que', ['claude-trace'], 'que', ''],
    ['claude-trace  query ', ['claude-trace', 'query'], '', ''],
    ['a "b c"\\ d \'e f\' g\\$', ['a', 'b c d', 'e f'], 'g$', ''],
    ['a --source "mcp:my ser', ['a', '--source'], 'mcp:my ser', '"'],
    ["a 'it", ['a'], 'it', "'"],
    ['a "x\\"y\\z" ""', ['a', 'x"y\\z'], '', ''],
  ])('%s', (line, words, current, quote) => {
    expect(splitLine(line)).toMatchObject({ words, current, quote });
  });

  it.each(['', '"', "'"] as const)('reads back a word that escapeWord escaped inside %j', (quote) => {
    for (const word of ['mcp:serena', 'memory:/home/a b/CLAUDE.md', '$(rm) `x` "y" \\z', 'é*?[]{}!#&|;<>']) {
      expect(splitLine(`a ${quote}${escapeWord(word, quote)}${quote} `).words[1]).toBe(word);
    }
  });
});
