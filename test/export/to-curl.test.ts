import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toCurl } from '../../src/export/to-curl.js';
import type { Header } from '../../src/model/exchange.js';
import type { RequestDetail } from '../../src/model/request.js';
import { requestDetail } from '../text/support/request-rows.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claude-trace-curl-'));
  // Stand-ins that say what a shell gave them: `claude-trace` for the body, `curl` for its arguments and stdin.
  await writeFile(join(folder, 'claude-trace'), '#!/bin/sh\nprintf "body of %s" "$*"\n', { mode: 0o755 });
  const curl = `#!${process.execPath}
    const { readFileSync } = require('node:fs');
    const args = process.argv.slice(2);
    const stdin = args.includes('@-') ? readFileSync(0, 'utf8') : null;
    process.stdout.write(JSON.stringify({ args, stdin }));`;
  await writeFile(join(folder, 'curl'), curl, { mode: 0o755 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What curl gets when a shell runs the command line. */
async function runInShell(request: RequestDetail): Promise<{ args: string[]; stdin: string | null }> {
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    ANTHROPIC_API_KEY: 'the key',
    ANTHROPIC_AUTH_TOKEN: 'the token',
  };
  const { stdout } = await promisify(execFile)('sh', ['-c', toCurl(request)], { env });
  return JSON.parse(stdout);
}

const post = (headers: Header[], url = 'https://api.anthropic.com/v1/messages?beta=true') =>
  requestDetail({ method: 'POST', url, requestHeaders: headers });

describe('toCurl', () => {
  it('has the method, the URL, the headers, and the body from claude-trace', async () => {
    const headers: Header[] = [
      ['anthropic-version', '2023-06-01'],
      ['X-Odd', `it's "quoted" \\ and $HOME \`id\` $(id) * ; & |`],
      ['content-type', 'application/json'],
    ];
    expect(await runInShell(post(headers))).toEqual({
      args: [
        '-X',
        'POST',
        'https://api.anthropic.com/v1/messages?beta=true',
        ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
        '--data-binary',
        '@-',
      ],
      stdin: 'body of show req_1 --request-body',
    });
  });

  it('takes credentials from the environment, and omits all other secrets', async () => {
    const headers: Header[] = [
      ['x-api-key', '[redacted:1234]'],
      ['Authorization', 'Bearer [redacted:5678]'],
      ['cookie', 'session=[redacted:9abc]'],
    ];
    const { args } = await runInShell(post(headers));
    expect(args.filter((_, index) => args[index - 1] === '-H')).toEqual([
      'x-api-key: the key',
      'Authorization: Bearer the token',
    ]);
  });

  it('omits headers of the connection', async () => {
    const names = ['Host', 'Content-Length', 'connection', 'accept-encoding', 'Transfer-Encoding', 'Expect'];
    const { args } = await runInShell(post(names.map((name): Header => [name, 'x'])));
    expect(args).not.toContain('-H');
  });

  it('quotes a URL that a shell would split', async () => {
    const url = "https://api.anthropic.com/v1/x?a=1&b='two words';c=$(id)";
    expect((await runInShell(post([], url))).args[2]).toBe(url);
  });

  it('sends no body without one, and does not wait for one after HEAD', async () => {
    const none = { requestBody: { size: 0, sha256: null, truncated: false, redacted: false } };
    expect(await runInShell(requestDetail({ ...none, method: 'GET' }))).toMatchObject({
      stdin: null,
      args: ['-X', 'GET', expect.any(String)],
    });
    expect((await runInShell(requestDetail({ ...none, method: 'HEAD' }))).args).toEqual(['--head', expect.any(String)]);
  });

  it('escapes control characters, and bash reads them back', async () => {
    const url = "https://h.test/it's\u001b]52;c;x\u0007\u009b\\\u200f";
    const line = toCurl(post([['x-odd', 'a\u007fb']], url));
    expect(line).not.toMatch(/[^ -~\n]/);
    const { stdout } = await promisify(execFile)('bash', ['-c', line], {
      env: { PATH: `${folder}:${process.env.PATH}` },
    });
    expect(JSON.parse(stdout).args).toEqual(expect.arrayContaining([url, 'x-odd: a\u007fb']));
  });
});
