import { describe, expect, it } from 'vitest';
import type { SettingsEntry } from '../../../src/model/settings-entry.js';
import { withEntries } from '../../../src/settings/claude/index.js';

const deny = (value: string): SettingsEntry => ({ path: ['permissions', 'deny'], value, isItem: true });
const server: SettingsEntry = { path: ['deniedMcpServers'], value: { serverName: 'tickets' }, isItem: true };
const skill: SettingsEntry = { path: ['skillOverrides', 'tidy'], value: 'user-invocable-only', isItem: false };
const search: SettingsEntry = { path: ['env', 'ENABLE_TOOL_SEARCH'], value: 'true', isItem: false };
const ALL = [deny('WebSearch'), deny('Agent(scout)'), server, skill, search];
const MERGED = {
  permissions: { deny: ['WebSearch', 'Agent(scout)'] },
  deniedMcpServers: [{ serverName: 'tickets' }],
  skillOverrides: { tidy: 'user-invocable-only' },
  env: { ENABLE_TOOL_SEARCH: 'true' },
};

describe('entries joined to a settings file', () => {
  it.each([
    ['a missing file', null],
    ['an empty one', ' \n'],
    ['an empty object', '{}'],
    ['an empty object with space', '{\n\n}\n'],
  ])('of %s make new settings', (_, text) => {
    expect(JSON.parse(withEntries(text, ALL))).toEqual(MERGED);
  });

  it('keep order and indentation of the file', () => {
    const text = [
      '{',
      '\t"permissions": {',
      '\t\t"allow": ["Bash(ls:*)"],',
      '\t\t"deny": ["Read(.env)"]',
      '\t},',
      '\t"env": {',
      '\t\t"TOKEN": "secret"',
      '\t}',
      '}',
      '',
    ].join('\n');
    expect(withEntries(text, ALL)).toBe(
      [
        '{',
        '\t"permissions": {',
        '\t\t"allow": ["Bash(ls:*)"],',
        '\t\t"deny": ["Read(.env)", "WebSearch", "Agent(scout)"]',
        '\t},',
        '\t"env": {',
        '\t\t"TOKEN": "secret",',
        '\t\t"ENABLE_TOOL_SEARCH": "true"',
        '\t},',
        '\t"deniedMcpServers": [',
        '\t\t{',
        '\t\t\t"serverName": "tickets"',
        '\t\t}',
        '\t],',
        '\t"skillOverrides": {',
        '\t\t"tidy": "user-invocable-only"',
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['with Windows line ends and a byte order mark', '\uFEFF{\r\n    "model": "opus"\r\n}\r\n'],
    ['on one line', '{"model":"opus","permissions":{"deny":[]}}'],
    [
      'with an empty object inside',
      '{\n  "model": "opus",\n  "env": {},\n  "permissions": {\n    "deny": [\n    ]\n  }\n}',
    ],
  ])('leave the rest of a file %s as it is', (_, text) => {
    const after = withEntries(text, ALL);
    expect(JSON.parse(after.replace('\uFEFF', ''))).toEqual({ model: 'opus', ...MERGED });
    expect(after.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
    expect(after.split('\n').length > 1).toBe(text.includes('\n'));
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('change nothing where all are set already, and replace another value', () => {
    const text = withEntries(null, ALL);
    expect(withEntries(text, ALL)).toBe(text);
    expect(withEntries('{"env": {"ENABLE_TOOL_SEARCH": "false"}}', [search])).toBe(
      '{"env": {"ENABLE_TOOL_SEARCH": "true"}}',
    );
  });

  it.each([
    ['not_json', '{"model": ', []],
    ['not_json', '["a"]', []],
    ['not_json', '{"env": {}, // comment\n}', []],
    ['other_type', '{"permissions": {"deny": "WebSearch"}}', ['permissions', 'deny']],
    ['other_type', '{"permissions": ["deny"]}', ['permissions']],
    ['twice', '{"env": {}, "env": {"A": "1"}}', ['env', 'ENABLE_TOOL_SEARCH']],
  ])('are refused: %s in %s', (code, text, path) => {
    expect(() => withEntries(text, [deny('WebSearch'), search])).toThrow(expect.objectContaining({ code, path }));
  });
});
