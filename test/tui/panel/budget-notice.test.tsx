import { expect, it } from 'vitest';
import { NO_BUDGETS } from '../../../src/model/budget.js';
import { showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

/** Each answer of `someRequests` costs so much. */
const COST = 0.0015;

it('says once when a budget is nearly spent and once when it is spent, until a key is pressed', async () => {
  const { file, send, answer } = someRequests(1);
  const panel = showPanel(file, { columns: 140, budgets: { ...NO_BUDGETS, session: 2.4 * COST, month: 100 } });
  await panel.says(/session .*0\.0015/);
  expect(panel.screen()).not.toContain('budget');

  answer(send());
  await panel.says(/83 % of the budget for this session is spent: ~?\$0\.0030 of \$0\.0036/);
  await panel.press('j');
  expect(panel.screen()).not.toContain('budget');

  answer(send());
  await panel.says(/the budget for this session is spent: ~?\$0\.0045 of \$0\.0036/);
  await panel.press('k');
  answer(send());
  await panel.says(/\d\/4$/m);
  await expect.poll(() => panel.rows()[0]).toMatch(/\$0\.0060/);
  expect(panel.screen()).not.toContain('budget');
});
