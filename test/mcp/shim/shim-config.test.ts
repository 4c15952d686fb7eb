// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configurations have them
import { describe, expect, it } from 'vitest';
import { PAD, readLaunch } from '../../../src/mcp/shim/launch.js';
import { type ShimmedServer, writeShimConfig } from '../../../src/mcp/shim/shim-config.js';

const PLACE = {
  shim: { node: '/bin/node', file: '/dist/main.cjs' },
  main: '/dist/cli/main.js',
  socket: '/tmp/s',
  env: { HOME: '/home/u' },
};

function server(name: string, entry: Record<string, unknown>): ShimmedServer {
  return { name, scope: 'user', entry };
}

describe('writeShimConfig', () => {
  it('starts each server through the shim, as its entry says', () => {
    const entry = {
      type: 'stdio',
      command: 'npx',
      args: ['-y', 'kit'],
      env: { KEY: 'sk-geheim' },
      timeout: 5,
      cwd: '/work',
    };
    const { text, env, servers, leftOut } = writeShimConfig(
      [server('plugin:kit:db', entry), server('b', { command: 'b' })],
      PLACE,
    );
    const { mcpServers } = JSON.parse(text);
    expect({ servers, leftOut, names: Object.keys(mcpServers) }).toEqual({
      servers: 2,
      leftOut: [],
      names: ['plugin:kit:db', 'b'],
    });
    const written = mcpServers['plugin:kit:db'];
    expect(written).toMatchObject({ type: 'stdio', command: '/bin/node', timeout: 5, cwd: '/work' });
    expect(written.args[0]).toBe('/dist/main.cjs');
    expect(
      readLaunch(written.args.slice(1), { ...written.env, ...env, CLAUDE_TRACE_MCP_ENV_NODE_OPTIONS: '' }),
    ).toEqual({
      task: { socket: '/tmp/s', name: 'plugin:kit:db', scope: 'user' },
      command: { file: 'npx', args: ['-y', 'kit'], env: { KEY: 'sk-geheim' } },
    });
  });

  it.each([
    ['claude-trace', ['mcp', 'record', '--', 'server', '--mcp', 'record'], ['server', '--mcp', 'record']],
    ['/usr/bin/claude-trace', ['mcp', 'record', '--name', 'my name', '--', 'server'], ['server']],
    ['npx', ['-y', 'claude-trace@1', 'mcp', 'record', '--name=n', '--', 'server'], ['server']],
    ['node', ['/dist/cli/main.js', 'mcp', 'record', '--', 'server'], ['server']],
    ['claude-trace', ['mcp', 'record', '--else', '--', 'server'], null],
    ['claude-trace', ['mcp', 'record', '--name', 'n', '--else', '--', 'server'], null],
    ['claude-trace', ['mcp', 'record', '--'], null],
    ['claude-trace', ['mcp', 'show', '--', 'server'], null],
    ['other', ['mcp', 'record', '--', 'server'], null],
    ['server', ['--label', 'claude-trace'], null],
  ])('records a server once: %s %j', (command, args, own) => {
    const { text, env } = writeShimConfig([server('a', { command, args })], PLACE);
    const written = JSON.parse(text).mcpServers.a;
    const { file, args: rest } = readLaunch(written.args.slice(1), { ...written.env, ...env }).command;
    expect([file, ...rest]).toEqual(own ?? [command, ...args]);
  });

  it('holds none of the texts of command, arguments and variables', () => {
    const entry = {
      command: 'secretprogram',
      args: ['--key', 'secretkey'],
      env: { NAME: 'secretvalue' },
      other: 'secretother',
    };
    const { text, env } = writeShimConfig([server('a', entry)], PLACE);
    expect(text).not.toContain('secret');
    expect(JSON.stringify(env)).not.toContain('secret');
    expect(Object.keys(env)).toEqual([PAD]);
  });

  it.each([
    ['no command', {}],
    ['an empty command', { command: '' }],
    ['arguments that are no list', { command: 'a', args: 'x' }],
    ['an argument that is no text', { command: 'a', args: [1] }],
    ['a variable that is no text', { command: 'a', env: { PORT: 1 } }],
    ['variables that are no object', { command: 'a', env: [] }],
    ['a variable that is not set', { command: 'a', args: ['${NO_SUCH_VARIABLE}'] }],
    ['more text than a variable may have', { command: 'a', args: ['x'.repeat(100_000)] }],
  ])('leaves a server out whose entry has %s', (_title, entry) => {
    expect(writeShimConfig([server('bad', entry), server('good', { command: 'b' })], PLACE)).toMatchObject({
      servers: 1,
      leftOut: ['bad'],
    });
  });

  it('replaces a server with variables that are set, or have a default', () => {
    const entry = { command: '${HOME}/bin/a', args: ['${X:-y}', '$NOT_A_REFERENCE'] };
    expect(writeShimConfig([server('a', entry)], PLACE)).toMatchObject({ servers: 1, leftOut: [] });
  });
});
