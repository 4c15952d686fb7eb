import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, client, message } from '../support/product/client.js';
import { MAIN, newSandbox, notices, type Sandbox } from '../support/product.js';
import { askForCredentials, say, startScriptedApi, withCredentials } from '../support/scripted-api.js';

/** What settings of Claude Code do to a session, as far as it does not take Claude Code itself to see it. */
const command = client({ requests: [{ body: message('hello') }] });

async function companyProxy(options: Partial<Parameters<typeof startScriptedApi>[0]> = {}) {
  const api = await startScriptedApi({ script: say('Hello.'), ...options });
  onTestFinished(() => api.close());
  return api;
}

async function userSettings(sandbox: Sandbox, content: unknown): Promise<string> {
  const file = join(sandbox.root, 'home', '.claude', 'settings.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('settings of Claude Code', () => {
  it('name the proxy to chain to, with its credentials, and the authority to trust behind it', async () => {
    const sandbox = await newSandbox();
    const api = await companyProxy({ answerConnect: askForCredentials('baker', 'zorblax-password') });
    const { NODE_EXTRA_CA_CERTS = '' } = await sandbox.behind(api);
    const HTTPS_PROXY = withCredentials(api, 'baker', 'zorblax-password');
    await userSettings(sandbox, { env: { HTTPS_PROXY, NODE_EXTRA_CA_CERTS } });
    const ended = await sandbox.run(['wrap', '--', ...command]);
    expect(answers(ended).map(({ status }) => status)).toEqual([200]);
    expect(sandbox.stored()).toHaveLength(1);
    const everything = Buffer.concat([await sandbox.bytesBelow(sandbox.root), ended.stdout, ended.stderr]);
    // Once, in the settings themselves.
    expect(everything.toString('latin1').split('zorblax-password')).toHaveLength(2);
  });

  it.each(['relative', '~'])('may name the authority by a %s path', async (form) => {
    const sandbox = await newSandbox();
    const api = await companyProxy();
    const path = form === '~' ? join(sandbox.root, 'home', 'ca.pem') : join(sandbox.cwd, 'ca.pem');
    await writeFile(path, api.caPem);
    await userSettings(sandbox, { env: { NODE_EXTRA_CA_CERTS: form === '~' ? '~/ca.pem' : 'ca.pem' } });
    const ended = await sandbox.run(['wrap', '--', ...command], { env: { HTTPS_PROXY: api.proxyUrl } });
    expect(answers(ended)).toHaveLength(1);
    expect(sandbox.stored()).toHaveLength(1);
  });

  it.each(['{"env": {"X": "zorblax"', '// comment\n{}', '[]'])(
    'that cannot be read are named, and cost nothing: %j',
    async (text) => {
      const sandbox = await newSandbox();
      const api = await companyProxy();
      const file = await userSettings(sandbox, text);
      const ended = await sandbox.run(['wrap', '--', ...command], { env: await sandbox.behind(api) });
      expect(sandbox.stored()).toHaveLength(1);
      expect(notices(ended)[0]).toContain(file);
      expect(ended.stderr.toString()).not.toContain('zorblax');
    },
  );

  it('with a SOCKS proxy: the command runs untraced, and one sentence names the place', async () => {
    const sandbox = await newSandbox();
    const file = await userSettings(sandbox, { env: { HTTPS_PROXY: 'socks5://u:zorblax@127.0.0.1:1080' } });
    const ended = await sandbox.run(['wrap', '--', 'sh', '-c', 'echo ran; exit 3']);
    expect([ended.exitCode, ended.stdout.toString()]).toEqual([3, 'ran\n']);
    expect(notices(ended)).toEqual([expect.stringMatching(/socks5 proxy, which is not supported/)]);
    expect(notices(ended)[0]).toContain(file);
    expect(ended.stderr.toString()).not.toContain('zorblax');
  });

  it('that call another API are named when nothing was traced', async () => {
    const sandbox = await newSandbox();
    const file = await userSettings(sandbox, { env: { CLAUDE_CODE_USE_BEDROCK: '1' } });
    const ended = await sandbox.run(['wrap', '--', 'true']);
    expect(notices(ended)).toEqual([
      expect.stringContaining(`CLAUDE_CODE_USE_BEDROCK in ${file} makes Claude Code call Amazon Bedrock.`),
      'No requests were seen; see the reason above.',
    ]);
  });
});

describe('doctor', () => {
  it('names each of them, with its place, before a session starts', async () => {
    const sandbox = await newSandbox();
    const broken = join(sandbox.root, 'broken.pem');
    await writeFile(broken, '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n');
    const env = {
      NODE_EXTRA_CA_CERTS: broken,
      no_proxy: 'api.anthropic.com',
      CLAUDE_CODE_USE_VERTEX: 'true',
      CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER: '1',
    };
    const file = await userSettings(sandbox, { env, proxyAuthHelper: 'make-token' });
    const local = join(sandbox.cwd, '.claude', 'settings.local.json');
    await mkdir(dirname(local));
    await writeFile(local, 'no JSON');
    const ended = await sandbox.run(['doctor']);
    expect(ended.exitCode).toBe(1);
    const found = ended.stdout.toString();
    for (const part of [
      `FAIL  extra CA        NODE_EXTRA_CA_CERTS=${broken} in ${file} has no valid PEM certificate, 1 cannot be read`,
      `FAIL  settings        ${local} is not valid JSON`,
      `FAIL  settings        proxyAuthHelper in ${file}`,
      `FAIL  settings        no_proxy in ${file}`,
      `FAIL  settings        CLAUDE_CODE_USE_VERTEX in ${file} makes Claude Code call Google Vertex AI`,
      `note  settings        NODE_EXTRA_CA_CERTS in ${file}`,
    ]) {
      expect(found).toContain(part);
    }
  });

  it('and wrap say where a client certificate is set', async () => {
    const sandbox = await newSandbox();
    const file = await userSettings(sandbox, { env: { CLAUDE_CODE_CLIENT_CERT: '/client.pem' } });
    const found = (await sandbox.run(['doctor'])).stdout.toString();
    expect(found).toContain(`FAIL  settings        CLAUDE_CODE_CLIENT_CERT is set (set in ${file})`);
    const [first] = notices(await sandbox.run(['wrap', '--', 'true']));
    expect(first).toMatch(/^CLAUDE_CODE_CLIENT_CERT is set: .*nothing will be captured/);
    expect(first).toContain(file);
  });
});

it('a wrap inside a wrap records once, in the inner one', async () => {
  const sandbox = await newSandbox();
  const api = await companyProxy();
  const wrap = [process.execPath, MAIN, 'wrap', '--'];
  const ended = await sandbox.run(['wrap', '--', ...wrap, ...command], { env: await sandbox.behind(api) });
  expect(answers(ended).map(({ status }) => status)).toEqual([200]);
  expect(sandbox.stored()).toHaveLength(1);
  expect(notices(ended)).toEqual([
    expect.stringMatching(/^1 request/),
    expect.stringMatching(/^A claude-trace inside this one/),
  ]);
});
