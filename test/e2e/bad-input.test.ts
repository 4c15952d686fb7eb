import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { client, message } from '../support/product/client.js';
import { type Ended, newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

/** One sentence on stderr, nothing on stdout. */
function expectRefusal(ended: Ended, exitCode: number, sentence: RegExp): void {
  expect(ended.stdout.toString()).toBe('');
  expect(ended.stderr.toString()).toMatch(sentence);
  expect(ended.stderr.toString()).toMatch(/^claude-trace: [^\n]+\n$/);
  expect(ended).toMatchObject({ exitCode, signal: null });
}

describe('a wrong command line is refused with one sentence and exit code 2:', () => {
  it.each<[args: string[], sentence: RegExp]>([
    [[], /Which command\?/],
    [['frobnicate'], /frobnicate/],
    [['qurey'], /query/],
    [['wrap'], /after --/],
    [['wrap', '--'], /after --/],
    [['wrap', 'true'], /after --/],
    [['wrap', '--frobnicate', '--', 'true'], /frobnicate/],
    [['wrap', '--layout', 'sideways', '--', 'true'], /sideways/],
    [['query', '--frobnicate'], /frobnicate/],
    [['query', '--since', 'once'], /^claude-trace: --since: "once" is not a time; .*2h/],
    [['query', '--until', '12'], /^claude-trace: --until: "12" is not a time/],
    [['query', '--since', '2026-13-45'], /--since: "2026-13-45"/],
    [['query', '--status', 'fine'], /^claude-trace: --status: "fine" is not a status; .*4xx/],
    [['query', '--status', '700'], /--status: "700"/],
    [['suggest', '--since', 'once'], /^claude-trace: --since: "once" is not a time/],
    [['reattribute', '--since', '12'], /^claude-trace: --since: "12" is not a time/],
    [['diff'], /at least 1/],
    [['query', '--limit', '0'], /--limit: give a whole number from 1/],
    [['query', '--limit', '1.5'], /--limit/],
    [['query', '--limit', 'many'], /--limit/],
    [['query', '--offset', '-1'], /--offset/],
    [['query', '--min-tokens', 'few'], /--min-tokens/],
    [['query', '--kind', 'chat'], /chat/],
    [['query', '--json', '--csv'], /only one of/],
    [['show'], /at least 1/],
    [['show', 'last', '--json', '--curl'], /only one of/],
    [['ca', 'destroy'], /destroy/],
    [['config', 'frobnicate'], /frobnicate/],
    [['config', 'get'], /Which key\?/],
    [['config', 'get', 'colour'], /Unknown key "colour".*retention_days/],
    [['config', 'set', 'retention_days'], /a key and a value/],
    [['config', 'set', 'retention_days', 'soon'], /"retention_days"/],
    [['config', 'set', 'retention_days', '0'], /"retention_days"/],
    [['config', 'set', 'ui.layout', 'sideways'], /"ui.layout".*split/],
    [['proxy', '--port', 'first'], /port/],
  ])('%j', async (args, sentence) => {
    const sandbox = await newSandbox();
    expectRefusal(await sandbox.run(args), 2, sentence);
  });
});

describe('a wrong configuration is refused before the command starts, with exit code 2:', () => {
  it.each<[text: string, sentence: RegExp]>([
    ['{"colour": "red"}', /Unknown key "colour" in .*config\.json; known keys: .*retention_days/],
    ['{"retention_days": "thirty"}', /"retention_days" in .*config\.json.*number/],
    ['{"enabled": "yes"}', /"enabled" in .*config\.json.*boolean/],
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

describe('what is not there is told with one sentence and exit code 1:', () => {
  it('a database, before anything was captured', async () => {
    const sandbox = await newSandbox();
    for (const args of [['query'], ['query', '--json'], ['show', 'last']]) {
      expectRefusal(await sandbox.run(args), 1, /Nothing captured yet.*claude-trace wrap/);
    }
  });

  it('an id, unknown or the beginning of several, and a last request where there is none', async () => {
    const sandbox = await newSandbox();
    await sandbox.run(['wrap', '--', 'true']);
    expectRefusal(await sandbox.run(['show', 'last']), 1, /No request has been captured yet/);

    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const requests = [{ body: message('one') }, { body: message('two') }];
    await sandbox.run(['wrap', '--', ...client({ requests })], { env: await sandbox.behind(api) });
    expectRefusal(await sandbox.run(['show', 'req_zzzz']), 1, /No request with the id "req_zzzz"/);
    expectRefusal(await sandbox.run(['show', 'req_0']), 1, /"req_0" begins several ids/);
    expectRefusal(await sandbox.run(['show', '%']), 1, /No request with the id "%"/);
  });
});
