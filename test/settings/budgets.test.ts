import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NO_BUDGETS } from '../../src/model/budget.js';
import { budgetsOf, readBudgets } from '../../src/settings/budgets.js';
import { loadConfig } from '../../src/settings/config-file.js';

function configFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-budgets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.json');
  writeFileSync(file, content);
  return file;
}

describe('readBudgets', () => {
  it('reads what the checked configuration has', async () => {
    const file = configFile('{"budget.day": 5, "budget.session": 0.5, "ui.layout": "none"}');
    expect(readBudgets(file)).toEqual({ session: 0.5, day: 5, month: null });
    expect(readBudgets(file)).toEqual(budgetsOf(await loadConfig(file)));
  });

  it('has none without a file, and none that is not an amount', () => {
    expect(readBudgets('/does/not/exist.json')).toEqual(NO_BUDGETS);
    expect(readBudgets(configFile('no JSON'))).toEqual(NO_BUDGETS);
    expect(readBudgets(configFile('{"budget.day": "5", "budget.month": -1, "budget.session": 0}'))).toEqual(NO_BUDGETS);
  });
});

describe('loadConfig', () => {
  it.each([
    ['"5"', 'Invalid value for "budget.day".*: expected an amount of US dollars, or null'],
    ['-1', 'Invalid value for "budget.day".*: expected more than 0'],
    ['0', 'Invalid value for "budget.day".*: expected more than 0'],
  ])('refuses the budget %s', async (value, message) => {
    await expect(loadConfig(configFile(`{"budget.day": ${value}}`))).rejects.toThrow(new RegExp(message));
  });
});
