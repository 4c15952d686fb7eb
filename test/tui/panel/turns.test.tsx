import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { Purpose } from '../../../src/model/purpose.js';
import { aBody, anAttribution, aResponse, aShare } from '../../store/support/records.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('requests of a conversation', () => {
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
});
