import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { KnownMcpServer } from '../../src/mcp/discover/index.js';
import { type ShimFiles, writeShimFiles } from '../../src/wrap/shim-files.js';

let files: ShimFiles | null = null;
afterEach(() => {
  files?.remove();
  vi.unstubAllEnvs();
});

const STDIO: KnownMcpServer = {
  name: 'tickets',
  scope: 'user',
  transport: 'stdio',
  url: null,
  entry: { command: 'tickets-server' },
  decision: 'recorded',
  secrets: [],
};

function write(
  servers: KnownMcpServer[],
  command: string[] = ['claude'],
  rules: string | null = null,
): ShimFiles | null {
  files = writeShimFiles({ servers, command, env: {}, rules });
  return files;
}

const configOf = (command: readonly string[]) =>
  command.find((word) => word.startsWith('--mcp-config='))?.slice(13) ?? '';

describe('writeShimFiles', () => {
  it('writes a configuration that only we can read, and names it in the command', () => {
    const written = write([STDIO], ['claude', '-p', 'hello']);
    const file = configOf(written?.command ?? []);
    expect(written?.command).toEqual(['claude', '-p', 'hello', `--mcp-config=${file}`]);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).mcpServers)).toEqual(['tickets']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(dirname(written?.socket ?? '')).toBe(dirname(file));
    written?.remove();
    expect(existsSync(dirname(file))).toBe(false);
  });

  it.each([
    [['claude', '-p', '--', '--text'], 2],
    [['npx', '--', 'claude', '-p', 'x'], 5],
    [['npx', '--', '@anthropic-ai/claude-code', '--', 'x'], 3],
  ])('puts the option before the text of %j', (command, at) => {
    const changed = write([STDIO], command)?.command ?? [];
    expect(changed.indexOf(`--mcp-config=${configOf(changed)}`)).toBe(at);
    expect(changed).toHaveLength(command.length + 1);
  });

  it('does nothing for servers that may not be replaced, and for those with a URL', () => {
    const refused: KnownMcpServer = { ...STDIO, decision: 'refused' };
    const web: KnownMcpServer = { ...STDIO, transport: 'http', url: 'https://example.com/mcp', entry: null };
    expect(write([refused, web])).toBeNull();
  });

  it('names servers that it cannot replace, and leaves the command as it is when none is left', () => {
    const bad: KnownMcpServer = { ...STDIO, entry: { command: 'x', args: [7] } };
    expect(write([bad])).toMatchObject({ command: ['claude'], leftOut: ['tickets'] });
  });

  it('has a path for its socket that fits, whatever the temporary folder', () => {
    const long = join(tmpdir(), 'long'.repeat(30));
    mkdirSync(long);
    onTestFinished(() => rmSync(long, { recursive: true }));
    vi.stubEnv('TMPDIR', long);
    const { socket = '' } = write([STDIO]) ?? {};
    expect(socket.length).toBeLessThan(104);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    expect(readdirSync(long)).toEqual([]);
  });

  it('starts the shim with rules where there are some, and keeps their text for it', () => {
    const written = write([STDIO], ['claude'], 'version: 1\nrules: []\n');
    const { tickets } = JSON.parse(readFileSync(configOf(written?.command ?? []), 'utf8')).mcpServers;
    expect(tickets.args[0]).toMatch(/ruled\.cjs$/);
    expect(JSON.parse(Buffer.from(tickets.args[1], 'base64url').toString())).toMatchObject({ rules: written?.rules });
    expect(readFileSync(written?.rules ?? '', 'utf8')).toBe('version: 1\nrules: []\n');
    expect(statSync(written?.rules ?? '').mode & 0o777).toBe(0o600);
  });
});
