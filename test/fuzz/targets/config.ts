import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../../src/base/errors.js';
import { readBudgets } from '../../../src/settings/budgets.js';
import { DEFAULT_CONFIG } from '../../../src/settings/config.js';
import { loadConfig } from '../../../src/settings/config-file.js';
import { CONFIG_KEYS } from '../../../src/settings/config-schema.js';
import { readPanelShares } from '../../../src/settings/panel-shares.js';
import { writeRaw } from '../../../src/settings/raw-config.js';
import { damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';
import { inFolder } from './support/in-folder.js';

const FULL = {
  ...DEFAULT_CONFIG,
  intercept_hosts: ['api.anthropic.com', '*.example.com'],
  'budget.day': 5,
  'otlp.endpoint': 'http://localhost:4318',
  'otlp.attributes': { team: 'core' },
  prices: { quorn: { input: 1, output: 2, cache_read: 0.5 } },
};
const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    'null',
    'true',
    '0',
    '-1',
    '1e999',
    '0.5',
    '""',
    '{}',
    '[]',
    '\\u0000',
    '\ufeff',
  ],
  ...['"__proto__":{},', '"constructor":1,', 'http://a:b@c/', 'http://[', 'ctrl-m', 'sideways', '*', '\ud800'],
  ...CONFIG_KEYS.map((key) => `"${key}":`),
  Buffer.of(0xff),
];
const text = damaged(fc.constant(Buffer.from(JSON.stringify(FULL, null, 1))), TOKENS, 3);
const value = fc.dictionary(
  fc.constantFrom<string>(...CONFIG_KEYS),
  fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(FULL))),
  { maxKeys: 3 },
);
const file = fc.oneof(
  text,
  value.map((each) => Buffer.from(JSON.stringify(each))),
);

export const config = fuzzTarget('config', 80, file, (bytes) =>
  inFolder(async (folder) => {
    const path = join(folder, 'config.json');
    writeFileSync(path, bytes);
    // The panel is drawn whatever the file holds.
    readBudgets(path);
    readPanelShares(path);
    try {
      const loaded = await loadConfig(path);
      writeRaw(path, { ...loaded });
      assert.deepEqual(await loadConfig(path), loaded);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      assert.ok(error.message.includes(path));
      assert.ok(error.message.length < 2_000, error.message);
    }
  }),
);
