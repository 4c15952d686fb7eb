import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, client, message } from '../support/product/client.js';
import { type Ended, newSandbox, notices, type Sandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const COMMANDS = 'wrap query show diff suggest reattribute demo proxy ca doctor config'.split(' ');

const out = ({ stdout }: Ended) => stdout.toString();

/** What a command prints; it must go well. */
async function printed(sandbox: Sandbox, ...args: string[]): Promise<string> {
  const ended = await sandbox.run(args);
  expect({ exitCode: ended.exitCode, stderr: ended.stderr.toString() }).toEqual({ exitCode: 0, stderr: '' });
  return out(ended);
}

describe('claude-trace', () => {
  it('--version prints the version of the package, and nothing else', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await printed(await newSandbox(), '--version')).toBe(`${manifest.version}\n`);
  });

  it('--help lists every command', async () => {
    const help = await printed(await newSandbox(), '--help');
    for (const name of [...COMMANDS, 'completion']) {
      expect(help).toMatch(new RegExp(`claude-trace ${name}\\b`));
    }
  });

  it('alone, and as `help`, prints the same help, in 80 columns', async () => {
    const sandbox = await newSandbox();
    const help = await printed(sandbox, '--help');
    expect(await printed(sandbox)).toBe(help);
    expect(await printed(sandbox, 'help')).toBe(help);
    expect(await printed(sandbox, '-h')).toBe(help);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('help query prints what query --help does, with examples that can be copied', async () => {
    const sandbox = await newSandbox();
    const help = await printed(sandbox, 'query', '--help');
    expect(await printed(sandbox, 'help', 'query')).toBe(help);
    expect(help).toMatch(/^ {2}claude-trace query --source mcp:serena --since 7d$/m);
  });

  it.each(COMMANDS)('%s --help tells what it takes', async (name) => {
    expect(await printed(await newSandbox(), name, '--help')).toContain(`claude-trace ${name}`);
  });

  it('completion prints a script that a shell can read', async () => {
    const sandbox = await newSandbox();
    const script = await printed(sandbox, 'completion', 'bash');
    expect(script).toContain('claude-trace');
    expect((await sandbox.startOther(['bash', '-n'], { stdin: script }).ended).exitCode).toBe(0);
  });
});

describe('config', () => {
  it('path tells where the file is, which CLAUDE_TRACE_CONFIG moves', async () => {
    const sandbox = await newSandbox();
    expect(await printed(sandbox, 'config', 'path')).toBe(`${sandbox.configFile}\n`);
    const moved = await sandbox.run(['config', 'path'], { env: { CLAUDE_TRACE_CONFIG: '/elsewhere/config.json' } });
    expect(out(moved)).toBe('/elsewhere/config.json\n');
  });

  it('list shows every key with its value and where that comes from', async () => {
    const sandbox = await newSandbox();
    await sandbox.configure({ retention_days: 7 });
    const lines = (await printed(sandbox, 'config', 'list')).split('\n');
    expect(lines.find((line) => line.startsWith('retention_days'))).toMatch(/ 7 +file /);
    expect(lines.find((line) => line.startsWith('max_db_mb'))).toMatch(/ 2048 +default /);
    expect(JSON.parse(await printed(sandbox, 'config', '--json'))).toMatchObject({
      retention_days: 7,
      max_db_mb: 2048,
    });
  });

  it('set and unset change the file, which nobody else can read, and get prints what counts', async () => {
    const sandbox = await newSandbox();
    await printed(sandbox, 'config', 'set', 'retention_days', '7');
    await printed(sandbox, 'config', 'set', 'ui.layout', 'none');
    expect(JSON.parse(await readFile(sandbox.configFile, 'utf8'))).toEqual({ retention_days: 7, 'ui.layout': 'none' });
    expect((await stat(sandbox.configFile)).mode & 0o777).toBe(0o600);
    expect(await printed(sandbox, 'config', 'get', 'retention_days')).toBe('7\n');
    await printed(sandbox, 'config', 'unset', 'retention_days');
    expect(await printed(sandbox, 'config', 'get', 'retention_days')).toBe('30\n');
    expect(JSON.parse(await readFile(sandbox.configFile, 'utf8'))).toEqual({ 'ui.layout': 'none' });
  });

  it('set leaves the file as it was when the value is bad', async () => {
    const sandbox = await newSandbox();
    await printed(sandbox, 'config', 'set', 'retention_days', '7');
    expect((await sandbox.run(['config', 'set', 'retention_days', '-7'])).exitCode).toBe(2);
    expect(await printed(sandbox, 'config', 'get', 'retention_days')).toBe('7\n');
  });

  it('set and unset mend a file with an unknown key or a bad value', async () => {
    const sandbox = await newSandbox();
    await sandbox.configure({ retention_days: 'soon', 'api.port': 'any', max_db_mb: 0, nope: 'x' });
    await printed(sandbox, 'config', 'unset', 'retention_days');
    await printed(sandbox, 'config', 'unset', 'nope');
    await printed(sandbox, 'config', 'set', 'max_db_mb', '7');
    await printed(sandbox, 'config', 'unset', 'api.port');
    expect(JSON.parse(await readFile(sandbox.configFile, 'utf8'))).toEqual({ max_db_mb: 7 });
  });
});

describe('doctor', () => {
  it('finds nothing wrong on a fresh machine, and changes nothing there', async () => {
    const sandbox = await newSandbox();
    const ended = await sandbox.run(['doctor']);
    expect(ended.exitCode).toBe(0);
    expect(out(ended)).toMatch(/^note {2}database +Nothing captured yet/m);
    expect(out(ended)).not.toContain('FAIL');
    await expect(stat(sandbox.dataDir)).rejects.toThrow('ENOENT');
  });

  it('tells the same in JSON', async () => {
    const findings = JSON.parse(await printed(await newSandbox(), 'doctor', '--json'));
    expect(findings).toContainEqual({ level: 'ok', what: 'proxy', message: expect.any(String) });
    expect(findings[0]).toEqual({ level: 'ok', what: 'node', message: expect.stringContaining(process.version) });
  });

  it.each<[what: string, env: Record<string, string>, finding: RegExp]>([
    ['a proxy that we cannot chain to', { HTTPS_PROXY: 'socks5://127.0.0.1:1' }, /FAIL {2}upstream proxy .*socks5/],
    ['a CA file that is not there', { NODE_EXTRA_CA_CERTS: '/nowhere.pem' }, /FAIL {2}extra CA .*nowhere\.pem/],
  ])('fails on %s', async (_what, env, finding) => {
    const ended = await (await newSandbox()).run(['doctor'], { env });
    expect(ended.exitCode).toBe(1);
    expect(out(ended)).toMatch(finding);
  });

  it('names the MCP servers of agents', async () => {
    const sandbox = await newSandbox();
    const agent = join(sandbox.cwd, '.claude', 'agents', 'scout.md');
    await mkdir(dirname(agent), { recursive: true });
    await writeFile(agent, '---\nname: scout\nmcpServers:\n  - web: { type: http, url: "https://web.test" }\n---\n');
    expect(out(await sandbox.run(['doctor']))).toMatch(/ok {4}MCP servers +web \(project, web\.test\) is recorded/);
  });

  it('fails on a wrong configuration, on an exposed data folder, and on settings that go past the proxy', async () => {
    const wrong = await newSandbox();
    await wrong.configure({ retention_days: 0 });
    expect(await wrong.run(['doctor'])).toMatchObject({ exitCode: 1 });

    const exposed = await newSandbox();
    await mkdir(exposed.dataDir, { mode: 0o755 });
    expect(out(await exposed.run(['doctor']))).toMatch(/FAIL {2}database .*chmod 700/);

    const bypassed = await newSandbox();
    const settings = join(bypassed.cwd, '.claude', 'settings.local.json');
    await mkdir(dirname(settings));
    await writeFile(settings, JSON.stringify({ env: { https_proxy: 'http://127.0.0.1:9' } }));
    const found = out(await bypassed.run(['doctor']));
    expect(found).toMatch(/FAIL {2}upstream proxy .*127\.0\.0\.1:9 \(set in .*settings\.local\.json\) .*ECONNREFUSED/);
    expect(found).toMatch(/FAIL {2}settings .*https_proxy in .*settings\.local\.json makes Claude Code bypass/);
  });
});

describe('ca', () => {
  it('prints one authority, the same each time, whose key only its owner can read', async () => {
    const sandbox = await newSandbox();
    const pem = await printed(sandbox, 'ca', 'print');
    expect(await printed(sandbox, 'ca', 'print')).toBe(pem);
    const certificate = new X509Certificate(pem);
    expect(certificate.ca).toBe(true);
    expect(await printed(sandbox, 'ca')).toContain(certificate.fingerprint256);
    const file = (await printed(sandbox, 'ca', 'path')).trim();
    expect(await readFile(file, 'utf8')).toContain(pem.trim());
    expect((await stat(sandbox.dataDir)).mode & 0o077).toBe(0);
    expect(pem).not.toContain('PRIVATE KEY');
  });
});

describe('proxy', () => {
  it('traces programs that are started elsewhere, with what it prints, until it is ended', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const proxy = sandbox.start(['proxy'], { env: await sandbox.behind(api) });
    const exports = await proxy.says('NODE_EXTRA_CA_CERTS=');
    const command = client({ requests: [{ body: message('hello') }] });
    const used = await sandbox.startOther(['sh', '-c', `${exports}\nexec "$@"`, 'sh', ...command]).ended;
    expect(answers(used).map(({ status }) => status)).toEqual([200]);
    await proxy.warns('messages');
    proxy.process.kill('SIGTERM');
    const ended = await proxy.ended;
    expect(ended.exitCode).toBe(0);
    expect(notices(ended)).toEqual([]);
    expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(['complete']);
  });

  it('on a port that is taken says so', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const ended = await sandbox.run(['proxy', '--port', String(api.port)]);
    expect(ended).toMatchObject({ exitCode: 1, stdout: Buffer.alloc(0) });
    expect(notices(ended)).toEqual([expect.stringContaining(`cannot listen on 127.0.0.1:${api.port}`)]);
  });
});

describe('demo', () => {
  it('shows a session and the queries that a user would try, and leaves nothing behind', async () => {
    const sandbox = await newSandbox();
    const text = await printedDemo(sandbox);
    expect(text).toContain('$ claude-trace wrap --live');
    expect(text).toContain('$ claude-trace query');
    expect(text).toContain('mcp:serena');
    await expect(stat(sandbox.dataDir)).rejects.toThrow('ENOENT');
    expect((await sandbox.bytesBelow(sandbox.root)).length).toBe(0);
  });

  async function printedDemo(sandbox: Sandbox): Promise<string> {
    const ended = await sandbox.run(['demo']);
    expect(ended.exitCode).toBe(0);
    return out(ended);
  }
});
