import { describe, expect, it } from 'vitest';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the panel in 46 columns', () => {
  const narrow = async (...keys: string[]) => {
    const { file, send, answer } = someRequests(0);
    const yesterday = Date.now() - 86_400_000;
    const request = send({
      timestamps: {
        initiated: yesterday,
        received: yesterday,
        forwarded: null,
        firstByte: null,
        responseEnd: null,
        delivered: null,
      },
      headers: [['x-a-rather-long-name-of-a-header', 'one two three four five six seven']],
    });
    answer(request);
    const panel = showPanel(file, { columns: 46, rows: 48 });
    await panel.says('1/1');
    await panel.press(...keys);
    return panel;
  };

  it('shows the time of an older request, and the main keys in the foot', async () => {
    const panel = await narrow();
    expect(panel.screen()).toMatch(/▸ \d\d-\d\d \d\d:\d\d +200 +1\.0k +\$/);
    expect(panel.rows().at(-1)).toMatch(/^Enter open .*\? help {2}q quit$/);
  });

  it('shows what is typed to choose a source, and the sums of what is filtered', async () => {
    const panel = await narrow('s');
    await panel.says(/SOURCE +TOKENS +COST/);
    await panel.press(...'serena');
    expect(await panel.says(/▸ mcp:serena +600/)).toMatch(/^source: serena▏ +Enter choose {2}Esc back$/m);
    await panel.press(KEYS.enter);
    expect(await panel.says(/^1 request, 1\.0k in, \$0\.\d+ /m)).toContain('source mcp:serena');
  });

  it('shows the figures of a request', async () => {
    const panel = await narrow(KEYS.enter);
    await panel.says(/^\d\d-\d\d \d\d:\d\d {2}200 {2}1\.0k in, \d+ out, \$0\.\d+/m);
  });

  it('shows time, folder and figures of sessions', async () => {
    const panel = await narrow('4');
    await panel.says(/SEEN +FOLDER +REQ +COST +±/);
  });

  it('shows header values below their names', async () => {
    const panel = await narrow(KEYS.enter, 'l', 'l', 'l', 'l');
    await panel.says(/^x-a-rather-long-name-of-a-header\n {2}one two three four five six seven$/m);
  });

  it('shows bars and durations', async () => {
    const panel = await narrow(KEYS.enter, 'h');
    await panel.says(/^answer +[▏▎▍▌▋▊▉█]+ +\d+ ms$/m);
  });

  it('shows the whole help', async () => {
    const panel = await narrow('?');
    const screen = await panel.says('Rate the request');
    expect(screen).not.toContain('…,');
    expect(screen.replace(/\s+/g, ' ')).toContain('show requests, one request, sources, sessions, findings');
    expect(screen.replace(/\s+/g, ' ')).toContain('go to the next piece or match, previous piece or match');
  });
});
