import { describe, expect, it } from 'vitest';
import { aShare } from '../../store/support/records.js';
import { showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the mouse in the panel', () => {
  it('selects the row that is clicked, opens it when it is clicked again, and goes to the tab that is clicked', async () => {
    const { file } = someRequests(9);
    const panel = showPanel(file);
    await panel.says('1/9');
    await panel.click('model-4');
    expect(await panel.says('6/9')).toMatch(/▸ .* model-4 /);
    await panel.click('model-4');
    await panel.says(/\[2 request\][\s\S]*model-4 {2}200/);
    await panel.click('headers');
    await panel.says('[headers]');
    await panel.click('3 sources');
    await panel.says(/\[3 sources\][\s\S]*▸ tools/);
    await panel.click('tools');
    await panel.click('tools');
    await panel.says(/▾ tools[\s\S]* Read /);
    await panel.click(' Read ');
    await panel.click(' Read ');
    await panel.says(/source tool:Read +1\/9/);
    // No row is there.
    await panel.click('CONTEXT');
    await panel.says(/source tool:Read +1\/9/);
    await panel.click('▾ mcp');
    await panel.click('▾ mcp');
    await panel.says('▸ mcp');
  });

  it('scrolls by the wheel, with the selected row on the screen', async () => {
    const { file } = someRequests(200);
    const panel = showPanel(file);
    await panel.says('1/200');
    await panel.wheel('wheelDown', 30);
    expect(await panel.says('91/200')).toMatch(/▸ .* model-110 /);
    await panel.wheel('wheelUp', 31);
    expect(await panel.says(/\d+\/200/)).toMatch(/ model-200 /);
    await panel.press('?');
    await panel.says('Move');
    await panel.wheel('wheelDown', 2);
    await expect.poll(panel.screen).not.toContain('Move');
    await panel.press('/', 'x');
    await panel.click('find: x');
    await panel.says('find: x');
  });

  it('scrolls the sources by the wheel over them, not the list', async () => {
    const { file, send, answer } = someRequests(3);
    const shares = Array.from({ length: 30 }, (_, index) => aShare(`mcp:server-${index}`, 1_000 - index));
    answer(send(), {}, shares);
    const panel = showPanel(file, { rows: 24 });
    await panel.says(/mcp \(30\)/);
    await panel.click(' more ');
    await panel.click(' more ');
    await expect.poll(panel.screen).not.toContain(' more ');
    await panel.wheel('wheelUp', 20, '    server-');
    await panel.wheel('wheelDown', 20, '    server-');
    expect(await panel.says('    server-29')).toMatch(/1\/4/);
    await panel.wheel('wheelUp', 20, '    server-29');
    await panel.says('mcp (30)');
  });
});
