import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPanelShares, rememberPanelShare } from '../../src/settings/panel-shares.js';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-shares-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'panel.json');
}

describe('the size of the panel', () => {
  it('is remembered for each layout, for the owner only', () => {
    const file = newFile();
    expect(readPanelShares(file)).toEqual({});
    rememberPanelShare(file, 'beside', 0.4567);
    rememberPanelShare(file, 'tmux', 0.25);
    rememberPanelShare(file, 'beside', 0.5);
    expect(readPanelShares(file)).toEqual({ beside: 0.5, tmux: 0.25 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each(['', 'no JSON', '[]', 'null', '{"beside": "wide", "below": 7, "tmux": -1, "else": 0.5}'])(
    'is the usual one after %j, and can be remembered again',
    (text) => {
      const file = newFile();
      writeFileSync(file, text);
      expect(readPanelShares(file)).toEqual({});
      rememberPanelShare(file, 'below', 0.3);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ below: 0.3 });
    },
  );

  it('is not remembered where nothing can be written, or where it makes no sense', () => {
    const file = newFile();
    rememberPanelShare(join(file, 'below-a-file'), 'beside', 0.5);
    rememberPanelShare(file, 'tmux', 1);
    expect(readPanelShares(file)).toEqual({});
  });
});
