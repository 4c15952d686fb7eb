import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { openReader } from '../../../src/store/index.js';
import { aShare } from '../../store/support/records.js';
import { tempDatabase } from '../../store/support/temp-database.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the panel', () => {
  it('says that there is nothing to choose from in an empty database', async () => {
    const panel = showPanel(tempDatabase());
    await panel.says('Nothing captured yet');
    await panel.press('s');
    await panel.says('There is no source to choose from yet.');
    await panel.press('\x1b');
    await panel.says('Nothing captured yet');
    await panel.press('f');
    await panel.says('There is no status to choose from yet.');
  });

  it('shows that nothing was captured yet, whatever is pressed, and creates no database', async () => {
    const file = tempDatabase();
    const panel = showPanel(file, { columns: 44 });
    await panel.says(/Nothing captured yet: requests appear\s+here as they are sent\./);
    await panel.press(KEYS.enter, '+', 'u', KEYS.tab, KEYS.tab, '5', '1');
    expect(existsSync(file)).toBe(false);
  });

  it('shows a request, its sources as bars, and its facts in the head line', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file);
    const screen = await panel.says(/session .* cache 90 %/);
    expect(screen).toMatch(/▸ .* model-1 .* 200 +1\.0k +90 %/);
    expect(screen).toMatch(/▾ mcp \(1\) +█+ +600 +60 % +\$0\.0006/);
    expect(screen).toMatch(/ {4}serena +█+ +600 +60 % +\$0\.0006/);
    expect(screen).toMatch(/▸ tools \(1\) +█+.? +390 +39 %/);
    expect(screen).not.toContain('Read');
    expect(screen).toContain('1/1');
  });

  it.each([
    [200, '[1 requests] 2 request ', 'project …e/ada/projects/shop, agent Expl*'],
    [80, '[1 requests] 2  3  4  5  6  7 ', 'project …ojects/shop, agent Expl*'],
    [46, '[1 requests] 2  3  4  5  6 ', '…/shop, Expl*'],
  ])('names the project and the agent that it is limited to, at %d columns', async (columns, tabs, names) => {
    const { file } = someRequests(1);
    const scope = { project: '/home/ada/projects/shop', agent: 'Expl*' };
    const panel = showPanel(file, { columns, scope });
    expect(panel.rows()[1]).toContain(tabs);
    expect(panel.rows()[1]).toContain(names);
    await panel.click(' 3 ');
    await panel.says('[3 sources]');
    expect(panel.rows()[1]).toContain(names);
  });

  it('reaches both ends of thousands of requests with only some of them loaded', async () => {
    const { file } = someRequests(1_200);
    const panel = showPanel(file);
    await panel.says('1/1200');
    await panel.press('G');
    expect(await panel.says('1200/1200')).toMatch(/▸ .* model-1 /);
    for (let page = 0; page < 12; page += 1) await panel.press('\x1b[5~');
    await panel.says(/▸ .* model-\d+ /);
    await panel.press('g');
    expect(await panel.says('1/1200')).toMatch(/▸ .* model-1200/);
    for (let page = 0; page < 20; page += 1) await panel.press(KEYS.pageDown);
    const [, place = '0'] = /(\d+)\/1200/.exec(panel.screen()) ?? [];
    await panel.says(new RegExp(`▸ .* model-${1_201 - Number(place)} `));
  });

  it('scrolls in one frame, whatever room the lines of prompts leave', async () => {
    const { file, send, answer } = someRequests(0);
    for (let index = 0; index < 80; index += 1) {
      answer(send({ promptId: `p${Math.floor(index / (index % 7 === 0 ? 1 : 3))}`, model: `m-${index}` }));
    }
    const panel = showPanel(file, { rows: 24 });
    await panel.says('1/80');
    for (const key of [KEYS.pageDown, KEYS.pageDown, '\x1b[5~', 'G']) {
      const before = panel.rows()[1];
      const shown = panel.frames.length;
      await panel.press(key);
      await expect.poll(() => panel.rows()[1]).not.toBe(before);
      const first = (frame: string) => frame.split('\n').find((row) => row.includes(' m-'));
      const moved = panel.frames.slice(shown).filter((frame) => frame.split('\n')[1] !== before);
      expect(new Set(moved.map(first)).size).toBe(1);
      expect(panel.screen()).toContain('▸');
    }
  });

  it('stays with the selected request while newer ones arrive', async () => {
    const { file, send, answer } = someRequests(40);
    const panel = showPanel(file);
    await panel.says('1/40');
    await panel.press(KEYS.down, 'j');
    await panel.says(/▸ .* model-38/);
    for (const model of ['later-1', 'later-2']) answer(send({ model }));
    expect(await panel.says(/\d+\/42/)).toMatch(/▸ .* model-38/);
  });

  it('shows why a request failed', async () => {
    const { file, send, answer } = someRequests(0);
    answer(send(), { status: 529, usage: null, error: 'overloaded_error: \x1b[31mtry later' }, []);
    const panel = showPanel(file);
    expect(await panel.says('overloaded_error')).toMatch(/▸ .* 529 /);
    expect(panel.screen()).toContain('overloaded_error: �[31mtry later');
  });

  it('shows a request section by section', async () => {
    const { file, send, answer } = someRequests(0);
    answer(send(), { status: 404, error: 'not_found_error', headers: [['request-id', 'req_upstream']] });
    const panel = showPanel(file);
    await panel.says('1/1');
    await panel.press(KEYS.enter);
    await panel.says(
      /Everything: it is the first request of its thread \(main\)\.[\s\S]*WHAT FILLS THE CONTEXT[\s\S]* serena /,
    );
    await panel.press(KEYS.right);
    expect(await panel.says(/── user \w+/)).toMatch(/\n\s*hi/);
    await panel.press(KEYS.right);
    await panel.says('not_found_error');
    await panel.press('l');
    await panel.says('It is the first request of its thread');
    await panel.press('l');
    await panel.says(/request-id +req_upstream/);
    await panel.press('l');
    await panel.says(/waiting for first byte/);
    await panel.press('\x1b');
    await panel.says('[1 requests]');
  });

  it('copies the id, and has a help', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file, { rows: 36 });
    await panel.says('1/1');
    await panel.press('y');
    expect(panel.copied).toEqual([expect.stringMatching(/^req_/)]);
    await panel.press('?');
    expect(await panel.says('undo the last rating')).not.toContain('model-1');
    await panel.press('?');
    await panel.says('model-1');
  });

  it.each([
    [20, 5],
    [60, 16],
    [80, 24],
    [200, 50],
    [300, 100],
  ])('fills %i x %i and no cell more, with wide characters', async (columns, rows) => {
    const { file, send, answer } = someRequests(30);
    answer(send({ model: 'claude-モデル-🚀' }), {}, [
      aShare('memory:/プロジェクト/設定/とても長い名前のファイル/CLAUDE.md', 500),
      aShare('mcp:données', 300),
      aShare('skill:👩‍👩‍👧‍👦', 200),
    ]);
    const panel = showPanel(file, { columns, rows });
    await panel.says('▸');
    for (const view of ['1', '2', '3', '4', '5', '?']) {
      await panel.press(view);
      expect(panel.rows().every((row) => stringWidth(row) <= columns)).toBe(true);
      expect(panel.rows()).toHaveLength(rows);
    }
  });

  it('opens the selected request, whatever was opened before', async () => {
    const { file } = someRequests(3);
    const panel = showPanel(file);
    await panel.says('1/3');
    await panel.press('j', KEYS.enter);
    await panel.says(/model-2 {2}200/);
    await panel.press(KEYS.tab, KEYS.tab, '1', 'j', '5', '2');
    await panel.says(/model-1 {2}200/);
    // Before the other order is read.
    await panel.press('1', 'o2');
    expect(await panel.says(/\[2 request\][\s\S]*model-\d {2}200/)).toMatch(/model-3 {2}200/);
    await panel.press('1', 'o', '4', 'o', '\x1b', '5');
    const selected = await panel.press('1').then(() => panel.says(/▸ .* model-\d /));
    await panel.press('5', '2');
    await panel.says(new RegExp(`${/▸ .* (model-\d) /.exec(selected)?.[1]} {2}200`));
  });

  it('explains keys that have nothing to act on, and changes nothing that is not on the screen', async () => {
    const { file } = someRequests(2);
    const panel = showPanel(file);
    await panel.says('1/2');
    for (const view of ['3', '4', '5']) {
      await panel.press(view, '+', 'c', 'v');
      await panel.says('No request is selected here: 1 lists requests.');
      await panel.press('f', 's');
      await panel.says('That filters the list of requests: 1 shows it.');
    }
    await panel.press('3', 'n');
    await panel.says('n and p go through a text');
    await panel.press('4', 'l');
    await panel.says('go through the sections of one request');
    await panel.press('5', 'o');
    await panel.says('o changes the order of requests (1), sources (3), sessions (4) and MCP servers (7).');
    await panel.press('?', 'o');
    await panel.says('Esc leaves the help.');
    const reader = openReader(file);
    expect(reader.ratings().total).toBe(0);
    reader.close();
    await panel.press('1');
    expect(await panel.says('1/2')).not.toMatch(/status error|by cost/);
  });

  it('keeps columns aligned beside wide characters', async () => {
    const { file, send, answer } = someRequests(1);
    answer(send({ model: '数据库' }), {}, [aShare('memory:/事务/CLAUDE.md', 500), aShare('user', 500)]);
    const panel = showPanel(file);
    await panel.says('事务');
    const place = (row: string | undefined, text: string) => stringWidth(row?.slice(0, row.indexOf(text)) ?? '');
    const [wide, plain] = panel.rows().filter((row) => / 200 +1\.0k /.test(row));
    expect(place(wide, ' 200 ')).toBe(place(plain, ' 200 '));
    const sources = panel.rows().filter((row) => / 50 % /.test(row));
    expect(sources).toHaveLength(3);
    expect(place(sources[0], ' 50 % ')).toBe(place(sources[1], ' 50 % '));
  });

  it('shows why a database cannot be read', async () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    writeFileSync(file, 'this is no database, whatever its name says'.repeat(100));
    const panel = showPanel(file);
    await panel.says('damaged');
    await panel.press(KEYS.down, '+');
    await panel.says('damaged');
  });
});
