import { describe, expect, it } from 'vitest';
import { openReader } from '../../../src/store/index.js';
import { formatDollars, formatTokens } from '../../../src/text/units.js';
import { aShare } from '../../store/support/records.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the panel finds what a person looks for:', () => {
  it('filters by source and status, and Esc removes the filters', async () => {
    const { file, send, answer } = someRequests(3);
    answer(send({ model: 'special' }), { status: 500 }, [aShare('skill:bake', 5)]);
    const panel = showPanel(file);
    await panel.says('1/4');
    await panel.press('s', ...'skill:*', KEYS.enter);
    expect(await panel.says('1/1')).toMatch(/source skill:\*[\s\S]*▸ .* special/);
    await panel.press('\x1b');
    await panel.says('1/4');
    await panel.press('f');
    expect(await panel.says(/500 +1$/m)).toMatch(/▸ complete: ok, .* 3$[\s\S]*error: failed, .* 1$[\s\S]*5xx +1$/m);
    await panel.press('5', KEYS.enter);
    expect(await panel.says('1/1')).toContain('status 5xx');
    await panel.press('f', KEYS.enter);
    await panel.says('1/4');
  });

  it('lists sources and sessions, and the requests of the selected one', async () => {
    const { file } = someRequests(3);
    const panel = showPanel(file);
    await panel.says('1/3');
    await panel.press('3');
    expect(await panel.says(/▾ mcp \(1\) +█+ +1\.8k/)).toMatch(/RATING[\s\S]* serena .* 1\.8k .* 3 /);
    await panel.press(KEYS.enter);
    await panel.says(/▸ mcp \(1\)/);
    await panel.press(KEYS.right, 'j', KEYS.enter);
    await panel.says(/source mcp:serena +1\/3/);
    await panel.press('4');
    await panel.says(/▸ .* project +f0b1c2d3 +3/);
    await panel.press(KEYS.enter);
    await panel.says('session f0b1c2d3');
    await panel.press('5');
    await panel.says(/Too short to tell/);
  });

  it('runs an action that was found by its name, with the keyboard and the mouse', async () => {
    const { file } = someRequests(2);
    const panel = showPanel(file);
    await panel.says('1/2');
    await panel.press(':');
    expect(await panel.says(/ACTION +KEY/)).toMatch(/▸ one row up +↑ {2}k$/m);
    await panel.press(...'Rate GOO');
    expect(await panel.says(/▸ rate good +\+ {2}=$/m)).not.toContain('rate bad');
    await panel.press(KEYS.enter);
    await panel.says('rated +1');
    // Several keys at once.
    await panel.press(':sources', KEYS.enter);
    await panel.says('[3 sources]');
    await panel.press(':', ...'next view');
    await panel.click('go to the next view');
    await panel.says('[4 sessions]');
    // Actions that need something else say so.
    await panel.press(':rate bad', KEYS.enter);
    await panel.says('No request is selected here');
    await panel.press(':nothing like this', KEYS.enter);
    await panel.says('No action contains "nothing like this".');
    await panel.press('\x1b', ':', KEYS.down, KEYS.down, KEYS.up);
    await panel.says(/▸ one row down/);
    await panel.press('\x1b');
    await panel.says('[4 sessions]');
    expect(panel.screen()).not.toContain('ACTION');
  });

  it('copies with y, sorts with o and filters with / in each view', async () => {
    const { file, send, answer } = someRequests(2);
    answer(send({ sessionId: 'session-other', model: 'model-x' }), {}, [aShare('mcp:tickets', 10_000)]);
    const panel = showPanel(file);
    await panel.says('1/3');
    await panel.press('y', '3');
    await panel.says(/▾ mcp \(2\)/);
    await panel.press('j', 'j', 'y');
    await panel.says('copied mcp:serena');
    await panel.press('o', 'o', 'o', 'o');
    await panel.says('by name');
    await panel.press('/', ...'READ', KEYS.enter);
    expect(await panel.says(/\/READ, by name[\s\S]*▾ tools/)).not.toContain('serena');
    await panel.press('j', 'y', '\x1b');
    await panel.says('serena');
    await panel.press('4', 'o', 'o');
    await panel.says('by requests');
    await panel.press('/', ...'other', KEYS.enter);
    await panel.says('/other');
    await panel.press('y', '\x1b');
    expect(panel.copied).toEqual([expect.stringMatching(/^req_/), 'mcp:serena', 'tool:Read', 'session-other']);
    expect(panel.screen()).toContain('[4 sessions]');
  });

  it('searches from match to match in a request, in findings and in the help', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file, { rows: 14 });
    await panel.says('1/1');
    await panel.press('?', '/', ...'BODY', KEYS.enter);
    await panel.says(/the body of the request/);
    await panel.press('\x1b', '\x1b', KEYS.enter, 'l', 'l', 'l', 'l');
    await panel.says('api.anthropic.com');
    await panel.press('/', ...'content-type', KEYS.enter);
    await panel.says(/n p next, previous/);
    await panel.press('/', '\x15', ...'nowhere', KEYS.enter);
    await panel.says('"nowhere" is not in this text.');
  });

  it('offers sources with what they cost, and sums the requests that match', async () => {
    const { file, send, answer } = someRequests(3);
    answer(send({ model: 'special' }), {}, [aShare('mcp:tickets', 5_000), aShare('mcp:serena', 100)]);
    const panel = showPanel(file);
    await panel.says('1/4');
    await panel.press('s');
    expect(await panel.says(/SOURCE +TOKENS +COST/)).toMatch(/▸ mcp:\* +6\.9k +\$0\.\d+\n +mcp:tickets +5\.0k/);
    await panel.press(...'tick');
    expect(await panel.says(/▸ mcp:tickets +5\.0k/)).not.toContain('serena');
    await panel.press(KEYS.enter);
    expect(await panel.says(/^1 request, /m)).toMatch(/source mcp:tickets +1\/1/);
    await panel.press('s', ...'every', KEYS.enter);
    await panel.says('1/4');
    await panel.press('s', ...'serena');
    await panel.click('mcp:serena');
    await panel.says(/^4 requests, /m);
    const reader = openReader(file);
    const rows = reader.query({ source: 'mcp:serena' }).rows;
    const input = rows.reduce((sum, { tokens }) => sum + (tokens.input ?? 0), 0);
    const cost = rows.reduce((sum, row) => sum + (row.costUsd ?? 0), 0);
    reader.close();
    const sums = `${rows.length} requests, ${formatTokens(input)} in, `;
    expect(panel.screen()).toContain(sums);
    expect(panel.screen()).toMatch(new RegExp(`^4 requests, .* out, \\${formatDollars(cost)} `, 'm'));
    await panel.press('s', ...'nothing like this');
    await panel.says('No source contains "nothing like this".');
  });
});
