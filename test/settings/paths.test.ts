import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { claudeFolder } from '../../src/settings/claude/index.js';
import { resolvePaths } from '../../src/settings/paths.js';

/** The system does not know the user, as in some containers. */
beforeEach(() => {
  const spy = vi.spyOn(os, 'homedir').mockImplementation(() => {
    throw new Error('uv_os_homedir returned ENOENT (no such file or directory)');
  });
  syncBuiltinESMExports();
  return () => {
    spy.mockRestore();
    syncBuiltinESMExports();
  };
});

describe.runIf(process.platform === 'linux')('the folders of claude-trace', () => {
  it('are those of XDG, below the home folder by default', () => {
    expect(resolvePaths({ HOME: '/home/ada', XDG_DATA_HOME: '' })).toMatchObject({
      database: '/home/ada/.local/share/claude-trace/trace.db',
      configFile: '/home/ada/.config/claude-trace/config.json',
    });
    expect(resolvePaths({ XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: '/etc/xdg' })).toMatchObject({
      database: '/data/claude-trace/trace.db',
      configFile: '/etc/xdg/claude-trace/config.json',
    });
  });
});

it('variables of claude-trace name its folders without a home folder', () => {
  const named = { CLAUDE_TRACE_DATA_DIR: '/data', CLAUDE_TRACE_CONFIG: '/etc/trace.json' };
  expect(resolvePaths(named)).toMatchObject({ database: '/data/trace.db', configFile: '/etc/trace.json' });
});

it('a home folder that is not known is reported with the variable to set', () => {
  const said = 'Your home folder is not known. Set HOME to a folder that you can write to.';
  expect(() => resolvePaths({})).toThrow(said);
  expect(() => claudeFolder({})).toThrow(said);
});
