import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { client, message } from '../support/product/client.js';
import { type Ended, newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';
import { tracedDemo } from '../support/traced-demo.js';

/** One sentence on stderr, nothing on stdout. */
function expectRefusal(ended: Ended, exitCode: number, sentence: RegExp): void {
  expect(ended.stdout.toString()).toBe('');
  expect(ended.stderr.toString()).toMatch(sentence);
  expect(ended.stderr.toString()).toMatch(/^claude-trace: [^\n]+\n$/);
  expect(ended).toMatchObject({ exitCode, signal: null });
}

describe('a wrong command line is refused with one sentence and exit code 2:', () => {
  it.each<[args: string[], sentence: RegExp]>([
    [['frobnicate'], /Unknown command "frobnicate"/],
    [['help', 'frobnicate'], /Unknown command "frobnicate"/],
    [['--frobnicate'], /Unknown option --frobnicate/],
    [['qurey'], /Did you mean query\?/],
    [['wrap'], /after --/],
    [['wrap', '--'], /after --/],
    [['wrap', 'true'], /after --: claude-trace wrap -- true$/m],
    [['wrap', 'claude', '-p', 'say hi'], /after --: claude-trace wrap -- claude -p 'say hi'$/m],
    [
      ['wrap', '--layout', 'none', '--live', 'claude', '--quiet'],
      /: claude-trace wrap --layout none --live -- claude --quiet$/m,
    ],
    [['wrap', '--frobnicate', '--', 'true'], /frobnicate/],
    [['wrap', '--layout', 'sideways', '--', 'true'], /sideways/],
    [['query', '--frobnicate'], /Unknown option --frobnicate/],
    [
      ['prune', '--', '--dry-run'],
      /Only wrap, replay and mcp take words after --: leave out -- in claude-trace prune\.$/m,
    ],
    [['sessions', 'name', 'last', '--', 'before'], /Only wrap, replay and mcp take words after --/],
    [['query', '--sorce', 'x'], /Unknown option --sorce\. Did you mean --source\?/],
    [['query', 'serena'], /Unknown argument "serena"/],
    [['query', '--since', 'once'], /^claude-trace: --since: "once" is not a time; .*2h/],
    [['query', '--until', '12'], /^claude-trace: --until: "12" is not a time/],
    [['query', '--since', '2026-13-45'], /--since: "2026-13-45"/],
    [['query', '--status', 'fine'], /^claude-trace: --status: "fine" is not a status; .*4xx/],
    [['query', '--status', '700'], /--status: "700"/],
    [['suggest', '--since', 'once'], /^claude-trace: --since: "once" is not a time/],
    [['reattribute', '--since', '12'], /^claude-trace: --since: "12" is not a time/],
    [['diff'], /needs at least 1 argument: claude-trace diff <id> \[other\]/],
    [['query', '--limit', '0'], /--limit: give a whole number from 1/],
    [['query', '--limit', '1.5'], /--limit/],
    [['query', '--limit', 'many'], /--limit/],
    [['query', '--offset', '-1'], /--offset/],
    [['query', '--min-tokens', 'few'], /--min-tokens/],
    [['query', '--kind', 'chat'], /--kind: "chat" is not one of messages, /],
    [['query', '--json', '--csv'], /only one of/],
    [['show'], /at least 1/],
    [['show', 'last', '--json', '--curl'], /only one of/],
    [['ca', 'destroy'], /destroy/],
    [['config', 'frobnicate'], /frobnicate/],
    [['config', 'get'], /Which key\?/],
    [['config', 'get', 'colour'], /Unknown key "colour".*retention_days/],
    [['config', 'set', 'retention_days'], /a key and a value/],
    [
      ['config', 'set', 'retention_days', 'soon'],
      /^claude-trace: Invalid value "soon" for "retention_days": expected a number, not text\.$/m,
    ],
    [['config', 'unset', 'retention_days', 'api.port'], /Unknown argument "api.port"/],
    [['config', 'unset', 'colour'], /Unknown key "colour"/],
    [['config', 'get', 'retention_days', 'api.port'], /Unknown argument "api.port"/],
    [['config', 'list', 'x'], /Unknown argument "x"/],
    [['config', 'path', 'x'], /Unknown argument "x"/],
    [['config', 'token', 'x'], /Unknown argument "x"/],
    [['mcp', '--limit', '1'], /--limit is for mcp --calls, not for mcp: give --calls\./],
    [['mcp', '--tool', 'x'], /--tool is for mcp --calls, not for mcp: give --calls\./],
    [['mcp', ''], /The server is empty: write one, or leave it out\./],
    [['mcp', 'show', 'last', '--since', '7d'], /--since is for mcp and mcp --calls, not for mcp show: leave it out\./],
    [['mcp', 'bridge', 'http://127.0.0.1:2/', '--calls'], /--calls is for .*, not for mcp bridge: leave it out\./],
    [['mcp', 'record', 'true'], /Write the command of the server after --: claude-trace mcp record/],
    [['mcp', 'record', '--nope'], /Unknown option --nope\..* claude-trace help mcp record lists what mcp record takes/],
    [['mcp', 'show'], /^claude-trace: Missing id of a call\. Usage: .*mcp show <call>/m],
    [['query', '--json=foo'], /--json takes no value: leave out "=foo"\./],
    [['query', '--no-rated=foo'], /--no-rated takes no value: leave out "=foo"/],
    [['wrap', '--quiet=foo', '--', 'true'], /--quiet takes no value: leave out "=foo"/],
    [['config', 'set', 'retention_days', '0'], /"retention_days"/],
    [['config', 'set', 'ui.layout', 'sideways'], /"ui.layout": expected auto, split, tmux or none\./],
    [['config', 'set', 'mcp.include', 'github'], /"mcp.include": expected a list, such as \["a", "b"\]\./],
    [['config', 'unset', 'retention-days'], /Unknown key "retention-days"\. Did you mean retention_days\?/],
    [['proxy', '--port', 'first'], /port/],
    [['serve', '--host', ''], /--host is empty: leave it out for 127\.0\.0\.1\./],
    [['serve', '--host', 'http://localhost'], /--host: expected an address or a host name, /],
    [['mcp', 'bridge', '--http', '0', '--host', '[::1]', '--', 'cat'], /--host: expected an address or a host name, /],
  ])('%j', async (args, sentence) => {
    const sandbox = await newSandbox();
    expectRefusal(await sandbox.run(args), 2, sentence);
  });
});

describe('a wrong configuration is refused before the command starts, with exit code 2:', () => {
  it.each<[text: string, sentence: RegExp]>([
    ['{"colour": "red"}', /Unknown key "colour" in .*config\.json; known keys: .*retention_days/],
    ['{"retention_days": "thirty"}', /"retention_days" in .*config\.json.*number/],
    ['{"enabled": "yes"}', /"enabled" in .*config\.json.*expected true or false, not text/],
    ['{"intercept_hosts": ["https://api.anthropic.com"]}', /"intercept_hosts > 0" in .*config\.json.*host name/],
    ['{"prices": {"claude-x": {"input": -1, "output": 1}}}', /"prices > claude-x > input" in .*config\.json/],
    ['[]', /config\.json is not a JSON object/],
    ['{"enabled": true', /config\.json is not a JSON object/],
  ])('%s', async (text, sentence) => {
    const sandbox = await newSandbox();
    await mkdir(dirname(sandbox.configFile), { recursive: true });
    await writeFile(sandbox.configFile, text);
    expectRefusal(await sandbox.run(['wrap', '--', 'echo', 'started']), 2, sentence);
    expectRefusal(await sandbox.run(['config', 'list']), 2, sentence);
  });

  it('a file that cannot be read', async () => {
    const sandbox = await newSandbox();
    await mkdir(sandbox.configFile, { recursive: true });
    expectRefusal(await sandbox.run(['wrap', '--', 'true']), 2, /Cannot read the configuration .*config\.json/);
  });
});

describe('names and periods that cannot match:', () => {
  const demo = tracedDemo();

  it.each([
    ['--since', '2026-02-30'],
    ['--until', '2025-02-29'],
  ])('%s %s is not a time, in every command that takes one', async (option, time) => {
    const commands = [
      'query',
      'stats',
      'suggest',
      'export',
      ...(option === '--since' ? ['sessions', 'reattribute'] : []),
    ];
    for (const name of commands) {
      const more = name === 'export' ? ['--format', 'csv'] : [];
      expectRefusal(
        await demo.sandbox.run([name, option, time, ...more]),
        2,
        new RegExp(`${option}: ".*" is not a time`),
      );
    }
    expectRefusal(await demo.sandbox.run(['prune', '--older-than', time]), 2, /--older-than: ".*" is not a time/);
  });

  it.each([
    [['--since', '1h', '--until', '2h'], /--since .*is later than --until/],
    [['--since', '2026-01-05', '--until', '2026-01-05'], /the same time .*give the next day to --until/],
    [['--min-rating', '1', '--max-rating', '0'], /--min-rating is above --max-rating/],
  ])('%j is refused', async (options, sentence) => {
    expectRefusal(await demo.sandbox.run(['query', ...options]), 2, sentence);
  });

  it('--older-than in the future is refused: it would remove everything', async () => {
    expectRefusal(await demo.sandbox.run(['prune', '--older-than', '2999-01-01']), 2, /in the future/);
  });

  it.each<[args: string[], meant: RegExp]>([
    [['query', '--source', 'serena'], /No source matches "serena"\. Did you mean mcp:serena\?/],
    [['query', '--json', '--source', 'Serena'], /Did you mean mcp:serena\?/],
    [['stats', '--source', 'mcp:sereno'], /Did you mean mcp:serena\?/],
    [['export', '--format', 'jsonl', '--source', 'serena'], /Did you mean mcp:serena\?/],
    [['show', 'last', '--segments', '--source', 'serena'], /In this request: No source .* Did you mean mcp:serena\?/],
    [['query', '--model', 'sonnet'], /No model matches "sonnet"\. Did you mean claude-sonnet/],
  ])('%j names what was meant', async (args, meant) => {
    const ended = await demo.sandbox.run(args);
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr.toString()).toMatch(meant);
  });

  it('a source that was captured is not explained, whatever else keeps it from matching', async () => {
    const ended = await demo.sandbox.run(['query', '--source', 'mcp:serena', '--until', '2000-01-01']);
    expect({ out: ended.stdout.toString(), err: ended.stderr.toString() }).toEqual({
      out: 'No request matches.\n',
      err: '',
    });
  });

  it.each([['query'], ['query', '--json'], ['query', '--sort', 'cost'], ['sessions'], ['sessions', '--json']])(
    '%s %s says that --offset is past the end',
    async (...args) => {
      const ended = await demo.sandbox.run([...args, '--offset', '1000']);
      expect(ended.exitCode).toBe(0);
      expect(ended.stdout.toString()).toBe(args.includes('--json') ? '[]\n' : '');
      expect(ended.stderr.toString()).toMatch(/--offset 1000 is past the end: \d+ (request|session)s? in all\./);
    },
  );
});

describe('a program that asks before anything was captured gets an empty document, and exit code 0:', () => {
  it.each<[args: string[], document: unknown]>([
    [['query', '--json'], []],
    [['sessions', '--json'], []],
    [['stats', '--json'], expect.objectContaining({ rows: [], total_rows: 0 })],
    [['suggest', '--json'], expect.objectContaining({ requests: 0, sources: [], findings: [] })],
    [['reattribute', '--json'], expect.objectContaining({ attributed: 0, sources: [] })],
    [['prune', '--json'], expect.objectContaining({ requests: 0, bytes_after: 0 })],
    [['prune', '--dry-run', '--json'], expect.objectContaining({ requests: 0, used_bytes: 0 })],
    [['export', '--format', 'har'], { log: expect.objectContaining({ entries: [] }) }],
    [['doctor', '--verify', '--json'], [expect.objectContaining({ level: 'note' })]],
  ])('%j', async (args, document) => {
    const sandbox = await newSandbox();
    const ended = await sandbox.run(args);
    expect(JSON.parse(ended.stdout.toString())).toEqual(document);
    expect(ended.exitCode).toBe(0);
    expect(existsSync(sandbox.dataDir)).toBe(false);
  });

  it.each(['query', 'sessions', 'stats'])('%s --ndjson', async (name) => {
    expect(await (await newSandbox()).run([name, '--ndjson'])).toMatchObject({ exitCode: 0, stdout: Buffer.alloc(0) });
  });
});

describe('something that does not exist is reported with one sentence and exit code 1:', () => {
  it('a database, before anything was captured', async () => {
    const sandbox = await newSandbox();
    const lists = ['query', 'sessions', 'stats', 'suggest', 'prune', 'reattribute'].map((name) => [name]);
    for (const args of [
      ...lists,
      ['show', 'last'],
      ['show', 'last', '--json'],
      ['diff', 'last'],
      ['rate', 'last', '+'],
    ]) {
      expectRefusal(await sandbox.run(args), 1, /Nothing captured yet.*claude-trace wrap/);
    }
  });

  it('unknown ids, beginnings of several ids, and the last request of an empty history', async () => {
    const sandbox = await newSandbox();
    await sandbox.run(['wrap', '--', 'true']);
    expectRefusal(await sandbox.run(['show', 'last']), 1, /No request has been captured yet/);

    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const requests = [{ body: message('one') }, { body: message('two') }];
    await sandbox.run(['wrap', '--', ...client({ requests })], { env: await sandbox.behind(api) });
    expectRefusal(await sandbox.run(['show', 'req_zzzz']), 1, /No request with the id "req_zzzz"/);
    expectRefusal(await sandbox.run(['show', 'req_0']), 1, /Several ids begin with "req_0"/);
    expectRefusal(await sandbox.run(['show', '%']), 1, /No request with the id "%"/);
  });
});
