import { expect, it } from 'vitest';
import type { SettingsEntry } from '../../../../src/model/settings-entry.js';
import { withEntries } from '../../../../src/settings/claude/index.js';
import { describeSettingsDiff } from '../../../../src/text/reports/advice/settings-diff.js';

const ENTRIES: readonly SettingsEntry[] = [
  { path: ['permissions', 'deny'], value: 'WebSearch', isItem: true },
  { path: ['env', 'ENABLE_TOOL_SEARCH'], value: 'true', isItem: false },
];
const diff = (before: string | null, entries = ENTRIES) =>
  describeSettingsDiff({
    shownFile: '~/.claude/settings.json',
    before,
    after: withEntries(before, entries),
    entries,
  });

it('shows the changed lines with a few around them, and no value of another setting', () => {
  const before = JSON.stringify(
    {
      model: 'secret-a',
      apiKeyHelper: 'secret-b',
      permissions: { allow: ['secret-c'], deny: ['Read(.env)'] },
      outputStyle: 'x',
      statusLine: { type: 'command', command: 'secret-d' },
      env: { ENABLE_TOOL_SEARCH: 'secret-e', TOKEN: 'secret-f' },
    },
    null,
    2,
  );
  const lines = diff(before);
  expect(lines.join('\n')).not.toContain('secret');
  expect(lines).toEqual([
    '~/.claude/settings.json',
    '  …',
    '      ],',
    '      "deny": [',
    '-       "Read(.env)"',
    '+       "Read(.env)",',
    '+       "WebSearch"',
    '      ]',
    '    },',
    '  …',
    '    },',
    '    "env": {',
    '-     "ENABLE_TOOL_SEARCH": …,',
    '+     "ENABLE_TOOL_SEARCH": "true",',
    '      "TOKEN": …',
    '    }',
    '  …',
  ]);
});

it('shows no URL and no command of another server in the same list', () => {
  const others = [{ serverName: 'maps' }, { serverUrl: 'https://secret-a' }, { serverCommand: ['npx', 'secret-b'] }];
  const own: SettingsEntry = { path: ['deniedMcpServers'], value: { serverName: 'tickets' }, isItem: true };
  const lines = diff(JSON.stringify({ deniedMcpServers: others }), [own]).join('\n');
  expect(lines).not.toContain('secret');
  expect(lines).toContain('{"serverName":"maps"},{"serverUrl":…},{"serverCommand":[…,…]}, {"serverName":"tickets"}');
});

it('shows a new file whole', () => {
  expect(diff(null).slice(0, 3)).toEqual(['~/.claude/settings.json (new)', '+ {', '+   "permissions": {']);
});
