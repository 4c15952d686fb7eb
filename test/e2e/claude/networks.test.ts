import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withManagedSettings } from '../../support/claude/managed.js';
import { type ClaudeResult, runClaude } from '../../support/claude/run.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { ALL_VERSIONS, CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, type ScriptedApi, startScriptedApi } from '../../support/scripted-api.js';

/**
 * Sessions that work without claude-trace, in the networks of companies: they must work under `wrap`, traced where our
 * certificate can reach the client, and alive in any case. The scripted API is the company's proxy, which inspects TLS.
 */
describe.each(CLAUDE_VERSIONS)('Claude Code %s in the network of a company', (version) => {
  const canReplaceCertificate = version === '2.0.30';
  let root: string;
  let home: string;
  let cwd: string;
  let etc: string;
  let api: ScriptedApi;
  let trace: Trace;
  let wrapArgv: string[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-networks-'));
    [home, cwd, etc] = ['home', 'project', 'etc'].map((name) => join(root, name)) as [string, string, string];
    await Promise.all([home, cwd, etc].map((folder) => mkdir(folder)));
    const turns = [[{ type: 'text' as const, text: 'Good morning.' }]];
    const script = messagesApi({ sideCall: '{"title": "Hello"}', threads: [{ opensWith: 'zorblax', turns }] });
    api = await startScriptedApi({ script });
    await writeFile(join(root, 'ca.pem'), api.caPem);
    trace = await newTrace();
    wrapArgv = trace.wrapArgv.filter((word) => word !== '--quiet');
  });
  afterEach(async () => {
    await api.close();
    await trace.remove();
    await removeFolder(root);
  });

  const ca = () => join(root, 'ca.pem');

  async function settings(file: string, content: object): Promise<string> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
    return file;
  }

  interface Session {
    /** Over the clean environment; an empty value is an unset variable to Claude Code and to us. */
    env: Record<string, string>;
    args?: string[];
    prefix?: string[];
    wrap?: string[];
  }

  function session({ env, args = [], prefix = [], wrap = wrapArgv }: Session): Promise<ClaudeResult> {
    return runClaude({
      version,
      project: { home, cwd },
      api,
      prompt: 'zorblax, say good morning',
      telemetry: true,
      args,
      wrapArgv: [...prefix, ...wrap],
      env: { ...trace.env, NODE_EXTRA_CA_CERTS: '', HTTPS_PROXY: api.proxyUrl, ...env },
    });
  }

  const messages = () => trace.stored().filter(({ row }) => row.kind === 'messages');

  function expectAlive(ended: ClaudeResult): void {
    expect({ ...ended, received: ended.received.length }).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
  }

  async function expectTraced(given: Session): Promise<void> {
    expectAlive(await session(given));
    expect(messages().some(({ row }) => row.status === 200)).toBe(true);
  }

  const namespaces = withManagedSettings(tmpdir()) !== null;

  // We read them, in one way for all versions.
  it.each(canReplaceCertificate && !ALL_VERSIONS ? ['user', 'inline'] : ['user', 'project', 'file', 'inline'])(
    'is traced with the company’s CA in the settings (%s)',
    async (scope) => {
      const content = { env: { NODE_EXTRA_CA_CERTS: ca() } };
      const args: string[] = [];
      if (scope === 'user') await settings(join(home, '.claude', 'settings.json'), content);
      if (scope === 'project') await settings(join(cwd, '.claude', 'settings.json'), content);
      if (scope === 'file') args.push('--settings', await settings(join(root, 'given.json'), content));
      if (scope === 'inline') args.push('--settings', JSON.stringify(content));
      // As these settings have it without us: the process's own variable serves 2.0.30, which reads it at its start.
      await expectTraced({ env: { NODE_EXTRA_CA_CERTS: canReplaceCertificate ? ca() : '' }, args });
    },
  );

  it.skipIf(!namespaces)('is traced with CA and proxy in managed settings alone', async () => {
    await settings(join(etc, 'managed-settings.json'), {
      env: { HTTPS_PROXY: api.proxyUrl, NODE_EXTRA_CA_CERTS: ca() },
    });
    await expectTraced({ env: { HTTPS_PROXY: '' }, prefix: withManagedSettings(etc) ?? [] });
    expect(api.connects.map(({ target }) => target)).toContain('api.anthropic.com:443');
  });

  it('is traced with a bundle that has a broken certificate behind a good one', async () => {
    const bundle = join(root, 'bundle.pem');
    await writeFile(bundle, `${api.caPem}-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n`);
    await expectTraced({ env: { NODE_EXTRA_CA_CERTS: bundle } });
  });

  it('a proxy that inspects TLS: Claude Code is traced with the company’s CA in the system’s store alone', async () => {
    await expectTraced({ env: { SSL_CERT_FILE: ca() } });
  });

  it('is alive where a setting leads past us, and the summary names it', async () => {
    const env = { https_proxy: api.proxyUrl, NODE_EXTRA_CA_CERTS: ca() };
    const file = await settings(join(home, '.claude', 'settings.json'), { env });
    const ended = await session({ env: { NODE_EXTRA_CA_CERTS: ca() } });
    expectAlive(ended);
    expect(messages()).toEqual([]);
    expect(ended.stderr).toContain(`https_proxy in ${file} makes Claude Code bypass claude-trace.`);
    expect(ended.stderr).toContain('No requests were seen');
  });

  it.skipIf(canReplaceCertificate)(
    'is alive where our certificate cannot reach it, and the summary says why',
    async () => {
      const env = { NODE_EXTRA_CA_CERTS: ca(), CLAUDE_CODE_CERT_STORE: 'bundled' };
      const file = await settings(join(home, '.claude', 'settings.json'), { env });
      const ended = await session({ env: {} });
      expectAlive(ended);
      expect(messages()).toEqual([]);
      expect(ended.stderr).toContain('kept refusing');
      expect(ended.stderr).toContain(`NODE_EXTRA_CA_CERTS in ${file}`);
    },
  );

  it.skipIf(canReplaceCertificate)('is alive where a helper makes the credentials for the proxy', async () => {
    const helper = join(root, 'helper.sh');
    await writeFile(helper, '#!/bin/sh\necho "Basic em9yYmxheDp6b3JibGF4"\n');
    await chmod(helper, 0o755);
    const file = await settings(join(home, '.claude', 'settings.json'), { proxyAuthHelper: helper });
    const ended = await session({ env: { NODE_EXTRA_CA_CERTS: ca(), CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER: '1' } });
    expectAlive(ended);
    expect(ended.stderr).toContain(`proxyAuthHelper in ${file}`);
  });

  it('is recorded once by a wrap inside a wrap', async () => {
    const ended = await session({ env: { NODE_EXTRA_CA_CERTS: ca() }, wrap: [...wrapArgv, ...wrapArgv] });
    expectAlive(ended);
    expect(messages()).toHaveLength(ended.received.filter(({ path }) => /^\/v1\/messages(\?|$)/.test(path)).length);
    expect(ended.stderr).toContain('A claude-trace inside this one read the requests');
  });
});
