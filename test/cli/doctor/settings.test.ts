import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkAuthorities, checkSettings, checkUpstreamProxy } from '../../../src/cli/doctor/settings.js';
import { createAuthority } from '../../../src/proxy/index.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';
import { parseConfig } from '../../../src/settings/config-schema.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'claude-trace-doctor-'));
  await mkdir(join(home, '.claude'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Claude Code's settings with these variables, in a home of their own. */
async function settingsWith(variables: Record<string, string> = {}, env: Record<string, string> = {}) {
  await writeFile(join(home, '.claude', 'settings.json'), JSON.stringify({ env: variables }));
  return readClaudeSettings({ env: { HOME: home, ...env }, cwd: home, managedFolders: [] });
}

async function listeningPort(): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('checkUpstreamProxy', () => {
  it('finds none where no variable names one', async () => {
    expect(await checkUpstreamProxy({}, await settingsWith())).toEqual([
      { level: 'ok', what: 'upstream proxy', message: 'none: API hosts are called directly' },
    ]);
  });

  it('finds one that answers, without its password', async () => {
    const env = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${await listeningPort()}` };
    const [finding] = await checkUpstreamProxy(env, await settingsWith());
    expect(finding).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ with credentials$/),
    });
    expect(finding?.message).not.toContain('secret');
  });

  it('reports one that does not answer, and where it is set', async () => {
    const settings = await settingsWith({ HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(await checkUpstreamProxy({}, settings)).toMatchObject([
      { level: 'problem', message: expect.stringMatching(/\(set in .*settings\.json\) does not answer: /) },
    ]);
  });

  it('reports a variable that is not a URL', async () => {
    expect(await checkUpstreamProxy({ HTTPS_PROXY: 'ftp://proxy' }, await settingsWith())).toMatchObject([
      { level: 'problem' },
    ]);
  });
});

describe('checkAuthorities', () => {
  const authority = async (content: string) => {
    const file = join(home, 'ca.pem');
    await writeFile(file, content);
    return checkAuthorities({ NODE_EXTRA_CA_CERTS: file }, await settingsWith()).find(
      ({ what }) => what === 'extra CA',
    );
  };
  const pem = createAuthority(['api.anthropic.com']).certificatePem;

  it('counts the certificates of NODE_EXTRA_CA_CERTS', async () => {
    expect(await authority(pem)).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(/^1 certificate from/),
    });
  });

  it('notes certificates that cannot be read', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect(await authority(`${pem}\n${broken}`)).toMatchObject({
      level: 'note',
      message: expect.stringMatching(/, 1 cannot be read$/),
    });
  });

  it('reports a file without a certificate', async () => {
    expect(await authority('nothing')).toMatchObject({ level: 'problem' });
  });

  it('explains that Claude Code does not know ~', async () => {
    const findings = checkAuthorities({ NODE_EXTRA_CA_CERTS: '~/nowhere.pem' }, await settingsWith());
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'problem', message: expect.stringContaining('does not know ~') }),
    );
  });
});

describe('checkSettings', () => {
  const config = parseConfig({}, 'config.json');

  it('finds nothing that keeps a session from being traced', async () => {
    expect(checkSettings({}, await settingsWith(), config, null)).toMatchObject([{ level: 'ok' }]);
  });

  it('reports settings that bypass the proxy, and notes those that may hide the certificate', async () => {
    const settings = await settingsWith({ https_proxy: 'http://proxy:1', NODE_EXTRA_CA_CERTS: '/ca.pem' });
    expect(checkSettings({}, settings, config, null).map(({ level }) => level)).toEqual(['problem', 'note']);
  });

  it('reports a client certificate', async () => {
    const findings = checkSettings({ CLAUDE_CODE_CLIENT_CERT: '/me.pem' }, await settingsWith(), config, null);
    expect(findings).toEqual([
      {
        level: 'problem',
        what: 'settings',
        message: 'CLAUDE_CODE_CLIENT_CERT is set: API connections are forwarded without being read',
      },
    ]);
  });
});
