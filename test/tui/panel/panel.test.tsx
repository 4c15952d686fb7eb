import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { Purpose } from '../../../src/model/purpose.js';
import { openDatabase, openReader } from '../../../src/store/index.js';
import { formatDollars, formatTokens } from '../../../src/text/units.js';
import { aBody, anAttribution, aResponse, aShare } from '../../store/support/records.js';
import { tempDatabase } from '../../store/support/temp-database.js';
import { aGrowing } from './support/a-growing.js';
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

  it('shows how much of each source is new, and a dash where that is unknown', async () => {
    const { file, send, answer } = someRequests(1);
    const panel = showPanel(file);
    expect(await panel.says(/serena +█+ +600 /)).toMatch(/600 +60 % +\$0\.0006 +–/);
    answer(send(), {}, [aShare('user', 40, { newTokens: 30 }), aShare('mcp:serena', 650, { newTokens: 0 })]);
    const screen = await panel.says(/serena +█+ +650 /);
    expect(screen).toMatch(/conversation \(1\) .* 40 +6 % .*\+30 *$/m);
    expect(screen).toMatch(/serena .* 650 +94 % +\$0\.000\d +(?:never called)?$/m);
  });

  it('unfolds groups, sources and their parts, leads to the text of a source, and back to its row', async () => {
    const { file, send, answer } = someRequests(0);
    const result = 'the \x1b[2Jresult of a ticket';
    const body = {
      model: 'claude-test',
      tools: [{ name: 'mcp__tickets__read', description: 'Reads one.', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'mcp__tickets__read', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: result }] },
      ],
    };
    answer(send({ body: aBody(JSON.stringify(body)) }), {}, [
      aShare('user', 10),
      aShare('tool:Read', 300),
      aShare('tool:Bash', 200),
      aShare('mcp:tickets', 40, { part: 'definition' }),
      aShare('mcp:tickets', 25, { part: 'result' }),
    ]);
    const panel = showPanel(file);
    await panel.says(/▸ tools \(2\)[\s\S]*▾ mcp \(1\)[\s\S]* ▸ tickets/);
    await panel.press(KEYS.right);
    expect(await panel.says('Enter text')).not.toContain(' Bash ');
    await panel.press(KEYS.right);
    await panel.says(/▾ tools[\s\S]* Read [\s\S]* Bash /);
    await panel.press('\x1b[D');
    await panel.says(/▸ tools/);
    await panel.press('j', 'j', KEYS.right, 'j', 'y');
    await panel.says(/▾ tickets[\s\S]* definition .* 40 [\s\S]* result .* 25 /);
    await panel.press('j', KEYS.enter);
    const text = await panel.says(/only mcp:tickets result: 1 piece, [\s\S]*\n── mcp:tickets result/);
    expect(text).toContain('the �[2Jresult of a ticket');
    expect(text).not.toMatch(/Reads one|── user/);
    await panel.press('\x1b');
    await panel.says('Enter text');
    await panel.press('k', KEYS.enter);
    expect(await panel.says('only mcp:tickets definition')).toContain('Reads one.');
    await panel.press('\x1b', ...Array(5).fill('\x1b[D'));
    expect(await panel.says('Enter open')).toMatch(/▸ mcp/);
    expect(panel.copied).toEqual(['mcp:tickets']);
  });

  it('leads from a source in the overview of a request to its text, and back', async () => {
    const { file, send, answer } = someRequests(0);
    const body = {
      model: 'claude-test',
      tools: [{ name: 'mcp__tickets__read', description: 'Reads one.', input_schema: { type: 'object' } }],
      messages: [{ role: 'user', content: 'hi' }],
    };
    answer(send({ body: aBody(JSON.stringify(body)) }), {}, [
      aShare('mcp:tickets', 400, { part: 'definition' }),
      aShare('user', 10),
    ]);
    const panel = showPanel(file, { rows: 14 });
    await panel.says('1/1');
    await panel.press(KEYS.enter);
    const overview = await panel.says(/── what is new[\s\S]* tickets /);
    // Without a selected source, Enter leads nowhere.
    await panel.press(KEYS.enter);
    expect(panel.screen()).toBe(overview);
    await panel.press('j', KEYS.enter);
    expect(await panel.says('only mcp:tickets')).toContain('Reads one.');
    await panel.press('\x1b');
    await panel.says(/── what is new[\s\S]* tickets /);
    // The next one, past the line of its group; then back over both, and scrolling where no section follows.
    await panel.press('j', KEYS.enter);
    await panel.says('only user');
    await panel.press('\x1b');
    await panel.says(/── what is new[\s\S]* tickets /);
    await panel.press('k', 'k', 'k', KEYS.enter);
    await panel.says('only mcp:tickets');
    await panel.press('l');
    await panel.says('[response]');
    await panel.press('\x1b');
    await panel.says('1/1');
  });

  it('shows the cost of MCP servers and skills without a key, and nothing at 0 % and $0.0000', async () => {
    const { file, send, answer } = someRequests(30);
    answer(send(), {}, [
      ...Array.from({ length: 20 }, (_, index) => aShare(`tool:Tool${index}`, 500)),
      ...Array.from({ length: 12 }, (_, index) => aShare(`skill:skill${index}`, index === 0 ? 150 : 5)),
      aShare('framework:prompt', 4_000),
      aShare('user', 100),
      aShare('memory:/CLAUDE.md', 100),
      aShare('mcp:tickets', 700),
      aShare('mcp:wiki', 0),
    ]);
    for (const [columns, rows] of [
      [80, 24],
      [46, 34],
      [120, 35],
      [200, 50],
    ] as const) {
      const screen = await showPanel(file, { columns, rows }).says(/▾ mcp \(1\) .* \$0\.0007/);
      expect(screen).toMatch(/ tickets .* 700 +\d % +\$0\.0007/);
      expect(screen).toMatch(/▾ skills \(12\) .* 205 +1 % +\$0\.0002[\s\S]* skill0 /);
      expect(screen).toMatch(/… 11 more .* 55 +<1 % +\$0\.0001/);
      expect(screen).not.toMatch(/ 0 % | \$0\.0000/);
    }
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

  it('shows a request when it is sent, its output while it streams, and the figures of its answer', async () => {
    const { file, send, answer } = someRequests(2);
    const panel = showPanel(file);
    await panel.says('1/2');
    const request = send({ model: 'model-new' });
    await panel.says(/▸ .* model-new .* open…/);
    panel.data.growing.take({ type: 'grown', answers: [aGrowing(request.id, { characters: 1_234 })] });
    await panel.says(/model-new .* open… .* 1\.2k~/);
    const blocks = [{ type: 'text', name: null, text: 'I rename the parser.' }];
    panel.data.growing.take({ type: 'grown', answers: [aGrowing(request.id, { characters: 1_300, blocks })] });
    await panel.says(/^req_\S+ +– in, 1\.3k~ out[\s\S]*── text\nI rename the parser\.\n\nstill coming …/m);
    answer(request);
    await panel.says(/model-new .* 200 +1\.0k/);
    expect(panel.screen()).not.toContain('open…');
  });

  it('draws growing figures four times a second, and the last of them', async () => {
    const { file, send } = someRequests(1);
    const request = send({ model: 'model-new' });
    const panel = showPanel(file);
    await panel.says(/model-new .* open…/);
    const grow = (characters: number) =>
      panel.data.growing.take({ type: 'grown', answers: [aGrowing(request.id, { characters })] });
    const start = performance.now();
    for (let thousands = 1; thousands <= 50; thousands += 1) {
      grow(thousands * 1_000);
      await setTimeout(10);
    }
    await panel.says(/model-new .* 50\.0k~/);
    const figures = new Set(panel.frames.map((frame) => / ([\d.]+k)~/.exec(frame)?.[1]).filter(Boolean));
    // Frames for other reasons show the latest figures, too.
    expect(figures.size).toBeLessThanOrEqual((performance.now() - start) / 250 + 8);
  });

  it('has a head line about now, whatever is selected, and leads back to the newest request with one key', async () => {
    const { file, store, send, answer } = someRequests(30);
    const usage = { uncached: 1_000, cacheRead: 80_000, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, webSearches: 0 };
    answer(send({ model: 'claude-opus-4-5' }), { usage }, [aShare('user', 81_000)]);
    const panel = showPanel(file);
    const head = () => panel.rows()[0];
    await panel.says(/main 81\.0k ▕.* 41 % of 200k/);
    const before = head();
    expect(panel.rows().at(-1)).not.toContain('newest');
    await panel.press('j', 'j', 'G');
    await panel.says(/▸ .* model-1 /);
    expect(panel.rows().at(-1)).toMatch(/^g newest {2}Enter open/);
    const place = {
      purpose: 'subagent' as const,
      threadId: 'req_2' as const,
      previousId: null,
      continuation: null,
      startedBy: null,
    };
    const request = send({ model: 'by-agent', agentId: 'agent-1' });
    store.saveResponse(aResponse(request), anAttribution([aShare('user', 10)], { place }));
    await panel.says(/32\/32/);
    expect(panel.screen()).toMatch(/▸ .* model-1 /);
    await panel.press('g');
    await panel.says(/▸ .* by-agent /);
    expect(panel.rows().at(-1)).not.toContain('newest');
    expect(head()?.slice(0, 40)).toBe(before?.slice(0, 40));
  });

  it('keeps the facts of the head line while the next request of the conversation is open', async () => {
    const { file, send, answer } = someRequests(0);
    const resets = String(Math.floor(Date.now() / 1_000) + 3_600);
    const limits: [string, string][] = [
      ['anthropic-ratelimit-unified-5h-utilization', '0.34'],
      ['anthropic-ratelimit-unified-5h-reset', resets],
    ];
    answer(send({ model: 'claude-opus-4-5' }), { headers: limits });
    const panel = showPanel(file);
    await panel.says(/main 1\.0k ▕.*▏ 1 % of 200k .* cache 90 % {2}5h 66 % left, resets [-\d: ]+$/m);
    send({ model: 'model-new' });
    await panel.says(/▸ .* model-new .* open…/);
    await panel.says(/main 1\.0k ▕.*▏ 1 % of 200k .* cache 90 % {2}5h 66 % left/);
    send({ model: 'model-other', sessionId: 'another-session' });
    await panel.says(/main – .*session –/);
  });

  it('shows the input as soon as the answer begins', async () => {
    const { file, send } = someRequests(0);
    const request = send({ model: 'model-new' });
    const panel = showPanel(file);
    await panel.says(/model-new .* open… +– /);
    const usage = { uncached: 200, cacheRead: 1_800, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, webSearches: 0 };
    panel.data.growing.take({ type: 'grown', answers: [aGrowing(request.id, { characters: 7, usage })] });
    await panel.says(/model-new .* open… +2\.0k +90 % +7~ +– /);
  });

  it('shows a growing answer, follows its end, and then shows the stored answer', async () => {
    const { file, send, answer } = someRequests(1);
    const request = send({ model: 'model-new' });
    const panel = showPanel(file, { rows: 20 });
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1};`).join('\n');
    const grow = (text: string, isCut = false) =>
      panel.data.growing.take({
        type: 'grown',
        answers: [
          aGrowing(request.id, { characters: text.length, isCut, blocks: [{ type: 'text', name: null, text }] }),
        ],
      });
    await panel.says(/▸ .* model-new /);
    await panel.press(KEYS.enter, KEYS.right, KEYS.right);
    await panel.says('No answer yet.');
    grow(lines(3));
    expect(await panel.says('line 3;')).toContain('── text');
    grow(lines(40));
    await panel.says('line 40;');
    expect(panel.screen()).not.toContain('line 1;');
    grow(lines(60));
    await panel.says('line 60;');

    await panel.press('g');
    await panel.says('line 1;');
    grow(lines(80), true);
    await panel.says('… the beginning is shown');
    expect(panel.screen()).toContain('line 1;');
    await panel.press('G');
    await panel.says('line 80;');
    grow(`${lines(80)}\n\x1b[31mred`);
    expect(await panel.says('�[31mred')).toContain('still coming …');

    answer(request);
    panel.data.growing.take({ type: 'ended', ids: [request.id] });
    await panel.says('The response carried no message.');
    expect(panel.screen()).not.toContain('still coming');
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

  it('shows requests under their prompt, with the figures of the whole turn', async () => {
    const { file, store, send } = someRequests(2);
    const place = (purpose: 'main' | 'title') => ({
      purpose,
      threadId: 'req_1' as const,
      previousId: null,
      continuation: null,
      startedBy: null,
    });
    const ask = (prompt: string, requests: number, promptId: string) => {
      for (let index = 0; index < requests; index += 1) {
        const request = send({ promptId, model: `${promptId}-${index}` });
        const about = { prompt: index === 0 ? prompt : null, place: place(index === 1 ? 'title' : 'main') };
        store.saveResponse(aResponse(request), anAttribution([aShare('user', 1_000)], about));
      }
    };
    ask('fix the \x1b[2Jdiscount', 3, 'first');
    ask('write the changelog', 30, 'second');
    const panel = showPanel(file);
    const second = /“write the changelog” +29 requests \+ 1 side call {2}30\.0k {2}~?\$0\.045\d {2}\d/;
    const screen = await panel.says(second);
    expect(screen).toMatch(/SOURCES *\n“write the changelog”.*\n▸ .* second-29/);
    for (let index = 0; index < 29; index += 1) await panel.press('j');
    const below = await panel.says(/“fix the �\[2Jdiscount” +2 requests \+ 1 side call .*\n▸ .* first-2/);
    // What is asked stays above its requests, wherever the list is scrolled to.
    expect(below).toMatch(/SOURCES *\n“write the changelog”/);
    await panel.press('j');
    await panel.says(/31\/33[\s\S]*▸ .* first-0 /);
    await panel.click('first-2');
    await panel.says(/30\/33[\s\S]*▸ .* first-2 /);
    await panel.press('G');
    await panel.says(/outside of a prompt\n.* model-2 .*\n▸ .* model-1 /);
    await panel.press('o');
    await panel.says('by cost');
    expect(panel.screen()).not.toContain('“');
  });

  describe('with side calls', () => {
    function someTurn() {
      const filled = someRequests(0);
      const answerAs = (purpose: Purpose, request: CapturedRequest) => {
        const place = { purpose, threadId: request.id, previousId: null, continuation: null, startedBy: null };
        filled.store.saveResponse(aResponse(request), anAttribution([aShare('user', 1_000)], { place }));
      };
      const ask = (purpose: Purpose, model: string) => answerAs(purpose, filled.send({ promptId: 'first', model }));
      return { ...filled, ask, answerAs };
    }

    it('hides them in the order of time, says how many, and shows them with one key', async () => {
      const { file, ask } = someTurn();
      ask('title', 'a-title');
      ask('main', 'the-main');
      ask('subagent', 'an-agent');
      ask('topic', 'a-topic');
      ask('compaction', 'a-summary');
      const panel = showPanel(file);
      const hidden = await panel.says(/ 2 hidden {2}1\/3 *\n/);
      expect(hidden).toMatch(/▸ .* a-summary [\s\S]* an-agent [\s\S]* the-main /);
      expect(hidden).not.toMatch(/a-topic|a-title/);
      await panel.press('e');
      const shown = await panel.says(/ 1\/5 *\n/);
      expect(shown).toMatch(/a-summary [\s\S]* a-topic [\s\S]* an-agent [\s\S]* the-main [\s\S]* a-title /);
      expect(shown).toContain('Side calls are shown.');
      expect(shown).not.toContain(' hidden ');
      await panel.press('e');
      expect(await panel.says(/ 2 hidden {2}1\/3 *\n/)).not.toContain('a-title');
      await panel.press('G');
      await panel.says(/ 3\/3 *\n[\s\S]*▸ .* the-main /);
      await panel.press('o');
      await panel.says(/by cost {2}1\/5 *\n/);
      await panel.press('e');
      await panel.says('sorted by time and without a filter');
    });

    it('counts them in the line of their prompt, also on a narrow panel', async () => {
      const { file, ask } = someTurn();
      for (const purpose of ['title', 'topic', 'main', 'main', 'main', 'main'] as const) ask(purpose, 'model');
      await showPanel(file, { columns: 60 }).says(/ 4 req \+ 2 side {2}~?\$0\.0090/);
    });

    it('says how to see them if nothing else was captured', async () => {
      const { file, ask } = someTurn();
      ask('title', 'a-title');
      const panel = showPanel(file);
      await panel.says('Only side calls so far: e shows them.');
      await panel.press('e');
      await panel.says(/▸ .* a-title /);
    });

    it('keeps the selection, and the newest, when an answer shows that a request is one', async () => {
      const { file, ask, send, answerAs } = someTurn();
      for (let index = 0; index < 5; index += 1) ask('main', `main-${index}`);
      const panel = showPanel(file);
      const first = send({ promptId: 'first', model: 'a-title' });
      await panel.says(/ 1\/6 *\n[\s\S]*▸ .* a-title .* open…/);
      answerAs('title', first);
      await panel.says(/ 1 hidden {2}1\/5 *\n[\s\S]*▸ .* main-4 /);
      ask('main', 'main-5');
      await panel.says(/ 1\/6 *\n[\s\S]*▸ .* main-5 /);
      await panel.press('j', 'j');
      const second = send({ promptId: 'first', model: 'a-topic' });
      await panel.says(/ 1 hidden {2}4\/7 *\n[\s\S]*▸ .* main-3 /);
      answerAs('topic', second);
      await panel.says(/ 2 hidden {2}3\/6 *\n[\s\S]*▸ .* main-3 /);
    });

    it('keeps one that is open on the screen', async () => {
      const { file, ask, send, answerAs } = someTurn();
      ask('main', 'the-main');
      const request = send({ promptId: 'first', model: 'a-title' });
      const panel = showPanel(file);
      await panel.says(/▸ .* a-title /);
      await panel.press(KEYS.enter);
      await panel.says(/\[2 request\]/);
      answerAs('title', request);
      await panel.says(new RegExp(`${request.id}[\\s\\S]* 1\\.0k in`));
      ask('main', 'the-next');
      await panel.press('\x1b');
      const list = await panel.says(/\[1 requests\] [\s\S]* the-next /);
      expect(list).toMatch(/▸ .* the-/);
      expect(list).not.toContain('a-title');
    });
  });

  it('opens a request on what is new in it and why the cache missed', async () => {
    const { file, store, send, answer } = someRequests(0);
    const prompt = (content: string) => ({ role: 'user', content });
    const bodyOf = (system: string, ...messages: object[]) =>
      aBody(JSON.stringify({ model: 'claude-test', system: [{ type: 'text', text: system }], messages }));
    const first = send({ body: bodyOf('Be brief.', prompt('hi')) });
    answer(first, {}, [aShare('user', 100)]);
    const second = send({ body: bodyOf('Be long.', prompt('hi'), prompt('and \x1b[2Jnow the changelog')) });
    const place = {
      purpose: 'main' as const,
      threadId: first.id,
      previousId: first.id,
      continuation: 'edited' as const,
      startedBy: null,
    };
    const cacheMiss = {
      cause: 'changed' as const,
      source: 'framework:prompt',
      path: '/system/0',
      detail: null,
      lostTokens: 900,
      lostUsd: 0.004,
    };
    const shares = [aShare('framework:prompt', 900), aShare('user', 350, { newTokens: 250 })];
    store.saveResponse(aResponse(second), anAttribution(shares, { place, cacheMiss }));
    const panel = showPanel(file);
    await panel.says(/framework \(1\) .* broke the cache/);
    await panel.press(KEYS.enter);
    const screen = await panel.says('── what is new');
    expect(screen).toContain('cache missed: framework:prompt changed at /system/0: 900 tokens billed again, $0.0040');
    expect(screen).toContain(`±0 tokens since ${first.id}, `);
    expect(screen).toMatch(/changed before the end {2}\S+ \w+ {2}Be long\./);
    expect(screen).toMatch(/\+\d+ {2}user \w+ {2}and �\[2Jnow the changelog/);
    expect(screen).toMatch(/WHAT FILLS THE CONTEXT[\s\S]* framework \(1\) .* broke the cache/);
  });

  it('says that the previous request is no longer stored, and not that everything is new', async () => {
    const { file, store, send } = someRequests(0);
    const place = {
      purpose: 'main' as const,
      threadId: 'req_1' as const,
      previousId: 'req_1' as const,
      continuation: 'extends' as const,
      startedBy: null,
    };
    store.saveResponse(aResponse(send()), anAttribution([aShare('user', 10)], { place }));
    const panel = showPanel(file);
    await panel.says('1/1');
    await panel.press(KEYS.enter);
    expect(await panel.says('The previous request is no longer stored: req_1.')).toContain('[overview]');
    await panel.press(KEYS.right, KEYS.right, KEYS.right);
    expect(await panel.says('[diff]')).not.toContain('[overview]');
    await panel.says('The previous request is no longer stored: req_1.');
  });

  it('rates, comments, and undoes step by step', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file);
    const reader = openReader(file);
    const rating = () => reader.rating('last');
    await panel.says('1/1');
    await panel.press('+');
    expect(await panel.says('rated +1')).toMatch(/▸ .* model-1 /);
    expect(rating()).toMatchObject({ rating: 1, feedbackText: null });
    await panel.press('c', ...'well done', KEYS.enter);
    await panel.says('with a comment');
    expect(rating()).toMatchObject({ rating: 1, feedbackText: 'well done' });
    await panel.press('-');
    await panel.says('rated -1');
    expect(rating()).toMatchObject({ rating: -1, feedbackText: 'well done' });
    await panel.press('u', 'u');
    expect(rating()).toMatchObject({ rating: 1, feedbackText: null });
    await panel.press('u');
    expect(rating()).toBeNull();
    await panel.press('u');
    await panel.says('No rating to undo.');
    reader.close();
  });

  it('reports a locked database, and rates when it is free again', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file);
    await panel.says('1/1');
    const other = openDatabase(file, { readonly: false, busyTimeoutMs: 100 });
    other.exec('BEGIN IMMEDIATE');
    await panel.press('+');
    await panel.says('is locked by another process');
    other.exec('ROLLBACK');
    other.close();
    await panel.press('+');
    await panel.says('rated +1');
  });

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

  describe('in 46 columns', () => {
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
