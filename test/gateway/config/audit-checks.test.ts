import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditChecks } from '../../../src/gateway/config/audit-checks.js';
import { removeFolder } from '../../support/remove-folder.js';
import { gatewayConfig } from '../support/running-gateway.js';

/** A folder with an empty `audit.jsonl` and an empty folder `sub`. */
function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-audit-checks-'));
  onTestFinished(() => removeFolder(folder));
  writeFileSync(join(folder, 'audit.jsonl'), '');
  mkdirSync(join(folder, 'sub'));
  return folder;
}

function problemsOf(folder: string, file: string): string[] {
  const config = gatewayConfig({ audit: { file }, routes: { a: { upstreams: [{ command: ['a'] }] } } });
  const problems = auditChecks(config, folder);
  expect(readdirSync(folder).sort()).toEqual(['audit.jsonl', 'sub']);
  return problems.map(({ path, message }) => `${path.join('.')}: ${message.replaceAll(`${folder}/`, '')}`);
}

describe('auditChecks', () => {
  it.each(['audit.jsonl', 'other.jsonl', 'sub/audit.jsonl', 'new/sub/audit.jsonl', '/dev/null'])(
    'finds nothing wrong with %s, and makes nothing',
    (file) => {
      expect(problemsOf(aFolder(), file)).toEqual([]);
    },
  );

  it.each([
    ['sub', 'audit.file: sub cannot be written: it is a folder'],
    ['audit.jsonl/a/b', 'audit.file: audit.jsonl/a/b cannot be written: audit.jsonl is not a folder'],
  ])('refuses %s', (file, problem) => {
    expect(problemsOf(aFolder(), file)).toEqual([problem]);
  });

  it.skipIf(process.getuid?.() === 0)('refuses what the user may not write (not for root)', () => {
    const folder = aFolder();
    chmodSync(join(folder, 'sub'), 0o500);
    chmodSync(join(folder, 'audit.jsonl'), 0o400);
    for (const file of ['audit.jsonl', 'sub/audit.jsonl', 'sub/new/audit.jsonl']) {
      expect(problemsOf(folder, file)).toEqual([expect.stringMatching(/cannot be written: .*EACCES|permission/i)]);
    }
  });
});
