import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { anAttribution, aResponse, aShare } from '../../store/support/records.js';
import { aGrowing } from './support/a-growing.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('the panel, while requests are open,', () => {
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
});
