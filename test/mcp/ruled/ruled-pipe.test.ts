import { describe, expect, it } from 'vitest';
import { answer, call, notification, request, ruledOf, ruledPipe } from '../support/ruled-pipe.js';

const rules = (text: string) => `version: 1\nrules:\n${text}`;
const SLOW = rules(`
  - id: slow
    when: { tool: slow }
    then: [{ delay: { ms: 150 } }]
`);

describe('a server behind rules', () => {
  it('gets and gives every byte that no rule applies to', async () => {
    const pipe = await ruledPipe(rules('  - { id: other, when: { method: tools/list }, then: [{ tag: listed }] }'));
    const bytes = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n'),
      Buffer.from([0xff, 0x00, 0xc3, 0x0a]),
      Buffer.from('\n\r\n  {"jsonrpc" : "2.0", "id": 1e2, "method":"tools/call"}\nnot json\n{"half": \n'),
      Buffer.from('[{"jsonrpc":"2.0","id":2,"method":"ping"} ,{"jsonrpc":"2.0","method":"x"}]\n[{"jsonrpc":"2.0"\n'),
      Buffer.from('no end'),
    ]);
    for (const byte of bytes) pipe.client.write(Buffer.from([byte]));
    pipe.server.write(bytes);
    pipe.client.out.end();
    await pipe.ended();
    expect(pipe.server.bytes).toEqual(bytes);
    expect(pipe.client.bytes).toEqual(bytes);
    expect(pipe.lines().some(({ ruled }) => ruled)).toBe(false);
    expect(pipe.lines().filter(({ sender }) => sender === 'server')).toHaveLength(8);
  });

  it('passes a line of more than 16 MB as it is, and answers of rules only after it', async () => {
    const pipe = await ruledPipe(
      rules('  - { id: no, when: { tool: "*" }, then: [{ block: { reason: no } }] }').replace('"*"', '{ glob: "*" }'),
    );
    const long = Buffer.from(`{"jsonrpc":"2.0","id":0,"result":"${'x'.repeat(17 * 1024 * 1024)}"}\n`);
    pipe.server.write(long.subarray(0, long.length - 10));
    await expect.poll(() => pipe.client.bytes.length).toBe(long.length - 10);
    pipe.client.write(call(1, 'delete'));
    await expect.poll(() => pipe.lines().length).toBeGreaterThan(0);
    pipe.server.write(long.subarray(long.length - 10));
    await pipe.ended();
    expect(pipe.client.bytes.subarray(0, long.length).equals(long)).toBe(true);
    expect(JSON.parse(pipe.client.bytes.subarray(long.length).toString())).toMatchObject({
      id: 1,
      error: { message: /no/ },
    });
    expect(pipe.lines().find(({ truncated }) => truncated)).toMatchObject({ sender: 'server', size: long.length - 1 });
  });

  it('ends a line of more than 16 MB though more than a megabyte waits for that end', async () => {
    const pipe = await ruledPipe(
      rules('  - { id: slow, when: { direction: server_to_client, kind: response }, then: [{ delay: { ms: 150 } }] }'),
    );
    pipe.server.write(answer(1, 'y'.repeat(2 * 1024 * 1024)));
    const long = Buffer.from(`{"jsonrpc":"2.0","id":0,"result":"${'x'.repeat(17 * 1024 * 1024)}"}\n`);
    pipe.server.write(long.subarray(0, long.length - 10));
    // The held answer goes on its way inside the long line.
    await expect.poll(() => pipe.lines().length).toBe(1);
    pipe.server.write(long.subarray(long.length - 10, -1));
    pipe.server.write(long.subarray(-1));
    await expect.poll(() => pipe.client.bytes.length, { timeout: 5_000 }).toBeGreaterThan(long.length);
    await pipe.ended();
    expect(pipe.client.bytes.subarray(0, long.length).equals(long)).toBe(true);
    expect(JSON.parse(pipe.client.bytes.subarray(long.length).toString())).toMatchObject({ id: 1 });
  });

  it('does not get a request that a rule answers; the id is that of the request', async () => {
    const pipe = await ruledPipe(
      rules(`
  - id: rain
    when: { tool: forecast }
    then: [{ mock: { result: { content: [{ type: text, text: "Rain in {{ request.params.arguments.city }}" }] } } }]
  - id: no-delete
    when: { tool: { glob: "*delete*" } }
    then: [{ block: { reason: deleting is off } }]
  - id: limited
    when: { tool: limited }
    then: [{ fault: { kind: rate_limit } }]
  - id: cut
    when: { tool: cut }
    then: [{ fault: { kind: malformed } }]
`),
    );
    pipe.client.write(
      call('a', 'forecast', { city: 'Oslo' }) +
        call(7, 'delete_all') +
        call(8, 'limited') +
        call(9, 'cut') +
        call(10, 'add'),
    );
    await expect.poll(() => pipe.client.text.split('\n')).toHaveLength(5);
    expect(pipe.server.messages).toMatchObject([{ id: 10 }]);
    const [mock, block, limit, cut = ''] = pipe.client.text.split('\n');
    expect(JSON.parse(mock ?? '')).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: { content: [{ type: 'text', text: 'Rain in Oslo' }] },
    });
    expect(JSON.parse(block ?? '')).toMatchObject({
      id: 7,
      error: { message: expect.stringContaining('deleting is off') },
    });
    expect(JSON.parse(limit ?? '')).toMatchObject({ id: 8, error: {} });
    expect(() => JSON.parse(cut)).toThrow();
    await pipe.ended();
    const asked = ruledOf(pipe.lines(), 'client');
    expect(asked.map(({ dropped, made, hits }) => ({ dropped, made, rule: hits[0]?.rule }))).toEqual(
      ['rain', 'no-delete', 'limited', 'cut'].map((rule) => ({ dropped: true, made: false, rule })),
    );
    const made = ruledOf(pipe.lines(), 'server');
    expect(made.map(({ text }) => text)).toEqual(pipe.client.text.trim().split('\n'));
    expect(made.every((each) => each.made && each.hits.length === 0)).toBe(true);
  });

  it('gets changed requests, its client changed answers, and both are recorded before and after', async () => {
    const pipe = await ruledPipe(
      rules(`
  - id: up
    when: { direction: client_to_server, tool: add }
    then: [{ modify: { set: { "$.arguments.a": 5 } } }]
  - id: shorten
    when: { direction: server_to_client, tool: add, result: { "$.text": { exists: true } } }
    then: [{ modify: { set: { "$.text": short } } }, { tag: shortened }]
`),
    );
    pipe.client.write(call(1, 'add', { a: 1 }));
    await expect.poll(() => pipe.server.messages).toMatchObject([{ id: 1, params: { arguments: { a: 5 } } }]);
    pipe.server.write(answer(1, { text: 'a long text' }));
    await expect.poll(() => pipe.client.messages).toMatchObject([{ id: 1, result: { text: 'short' } }]);
    await pipe.ended();
    const [asked] = ruledOf(pipe.lines(), 'client');
    const [said] = ruledOf(pipe.lines(), 'server');
    expect(asked).toMatchObject({ dropped: false, made: false, heldMs: 0, hits: [{ rule: 'up', action: 'modify' }] });
    expect(`${Buffer.from(asked?.original ?? []).toString()}\n`).toBe(call(1, 'add', { a: 1 }));
    expect(`${Buffer.from(said?.original ?? []).toString()}\n`).toBe(answer(1, { text: 'a long text' }));
    expect(said?.text).toContain('short');
    expect(said?.hits.map(({ action }) => action)).toEqual(['modify', 'tag']);
  });

  it('sees tagged messages as they were sent', async () => {
    const pipe = await ruledPipe(
      rules('  - { id: t, when: { tool: add }, then: [{ tag: x }, { alert: look }, { redact: "$.arguments.a" }] }'),
    );
    pipe.client.write(call(1, 'add', { a: 1 }));
    await expect.poll(() => pipe.server.text).toBe(call(1, 'add', { a: 1 }));
    await pipe.ended();
    expect(ruledOf(pipe.lines(), 'client')).toMatchObject([
      { original: null, dropped: false, hits: [{ action: 'tag' }, { action: 'alert' }, { action: 'redact' }] },
    ]);
    expect(ruledOf(pipe.lines(), 'client')[0]?.redactions).not.toEqual([]);
  });

  it('gets delayed requests later, while others pass, and each answer belongs to its request', async () => {
    const pipe = await ruledPipe(SLOW);
    const slow = [1, 2, 3, 4, 5];
    pipe.client.write(slow.map((id) => call(id, 'slow', { id })).join('') + call(9, 'fast'));
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([9]);
    expect(pipe.server.messages.map(({ id }) => id)).toEqual([9]);
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([9, ...slow]);
    for (const id of [3, 1, 2, 5, 4, 9]) pipe.server.write(answer(id, { id }));
    await expect.poll(() => pipe.client.messages).toHaveLength(6);
    expect(pipe.client.messages.every(({ id, result }) => (result as { id: number }).id === id)).toBe(true);
    await pipe.ended();
    for (const { heldMs } of ruledOf(pipe.lines(), 'client')) expect(heldMs).toBeGreaterThan(140);
  });

  it('sends no answer before a delayed notification of it, and keeps the order of notifications', async () => {
    const pipe = await ruledPipe(
      rules('  - { id: p, when: { method: notifications/progress }, then: [{ delay: { ms: 150 } }] }'),
    );
    const sent = [
      notification('notifications/progress', { progress: 1 }),
      notification('notifications/message'),
      answer(1),
    ];
    pipe.server.write(sent.join('') + request(5, 'roots/list'));
    await expect.poll(() => pipe.client.text).toBe(request(5, 'roots/list'));
    await expect.poll(() => pipe.client.text).toBe(request(5, 'roots/list') + sent.join(''));
    await pipe.ended();
    expect(ruledOf(pipe.lines(), 'server').map(({ heldMs }) => heldMs > 0)).toEqual([true, true, true]);
    expect(pipe.lines().map(({ bytes }) => `${Buffer.from(bytes).toString()}\n`)).toEqual([
      request(5, 'roots/list'),
      ...sent,
    ]);
  });

  it('never gets a delayed or mocked request that was cancelled', async () => {
    const pipe = await ruledPipe(
      `${SLOW}  - { id: late, when: { tool: late }, then: [{ delay: { ms: 150 } }, { mock: { result: {} } }] }\n`,
    );
    const cancelled = (requestId: number) => notification('notifications/cancelled', { requestId });
    pipe.client.write(call(1, 'slow') + call(2, 'late') + call(3, 'slow') + cancelled(1) + cancelled(2));
    await expect.poll(() => pipe.server.messages).toHaveLength(3);
    expect(pipe.server.text).toBe(cancelled(1) + cancelled(2) + call(3, 'slow'));
    expect(pipe.client.text).toBe('');
    await pipe.ended();
    expect(ruledOf(pipe.lines(), 'client').map(({ dropped }) => dropped)).toEqual([true, true, false]);
  });

  it('gets delayed messages before the end of the input', async () => {
    const pipe = await ruledPipe(SLOW);
    let isEnded = false;
    pipe.server.in.on('end', () => {
      isEnded = true;
    });
    pipe.client.out.end(call(1, 'slow') + call(2, 'x'));
    await expect.poll(() => isEnded).toBe(true);
    expect(pipe.server.messages.map(({ id }) => id)).toEqual([2, 1]);
  });

  it('whose end drops what waits for it', async () => {
    const pipe = await ruledPipe(rules('  - { id: p, when: { tool: slow }, then: [{ pause: { limit_ms: 60000 } }] }'));
    pipe.client.write(call(1, 'slow'));
    await expect.poll(() => pipe.pauses).toHaveLength(1);
    await pipe.ended();
    expect(pipe.pauses).toMatchObject([{ type: 'paused' }, { type: 'released' }]);
    expect(ruledOf(pipe.lines(), 'client')).toMatchObject([{ dropped: true, hits: [{ action: 'pause' }] }]);
  });

  it('gets a paused request when a person lets it pass, or the limit is over', async () => {
    const pipe = await ruledPipe(
      rules(
        '  - { id: p, when: { tool: slow, direction: client_to_server }, then: [{ alert: waits }, { pause: { limit_ms: 300 } }, { tag: went }] }',
      ),
    );
    pipe.client.write(call(1, 'slow'));
    await expect.poll(() => pipe.pauses).toHaveLength(1);
    const [first] = pipe.pauses;
    if (first?.type !== 'paused') throw new Error('no pause');
    expect(first.message).toMatchObject({
      rule: 'p',
      server: 'tickets',
      method: 'tools/call',
      name: 'slow',
      limitMs: 300,
      alerts: ['waits'],
    });
    pipe.client.write(call(2, 'other'));
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([2]);
    pipe.listener.resume(first.message.id);
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([2, 1]);
    pipe.listener.resume(first.message.id);
    pipe.client.write(call(3, 'slow'));
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([2, 1, 3]);
    await expect.poll(() => pipe.pauses.map(({ type }) => type)).toEqual(['paused', 'released', 'paused', 'released']);
    await pipe.ended();
    expect(ruledOf(pipe.lines(), 'client')[1]?.heldMs).toBeGreaterThan(290);
  });

  it('has an answer that is never given, a connection that a rule ends, and slow bytes', async () => {
    const pipe = await ruledPipe(
      rules(`
  - { id: never, when: { tool: never }, then: [{ fault: { kind: timeout } }] }
  - { id: slow, when: { tool: slow, direction: client_to_server }, then: [{ fault: { kind: slow, bytes_per_second: 600 } }] }
  - { id: close, when: { tool: close }, then: [{ fault: { kind: close } }] }
`),
    );
    const start = performance.now();
    pipe.client.write(call(1, 'never') + call(2, 'slow', { text: 'x'.repeat(100) }) + call(3, 'other'));
    await expect.poll(() => pipe.server.messages.map(({ id }) => id)).toEqual([2, 3]);
    expect(performance.now() - start).toBeGreaterThan(150);
    expect(pipe.isStopped()).toBe(false);
    pipe.client.write(call(4, 'close'));
    await expect.poll(() => pipe.isStopped()).toBe(true);
    await expect.poll(() => pipe.client.in.readableEnded).toBe(true);
    await pipe.ended();
    expect(ruledOf(pipe.lines(), 'client').map(({ dropped }) => dropped)).toEqual([true, false, true]);
  });

  it('has the messages of a batch decided on one by one', async () => {
    const pipe = await ruledPipe(
      `${SLOW}  - { id: no, when: { tool: no }, then: [{ block: { reason: no } }] }\n  - { id: t, when: { tool: t }, then: [{ tag: t }] }\n`,
    );
    const parts = [call(1, 'x'), call(2, 'no'), call(3, 'slow'), call(4, 't')].map((line) => line.trim());
    pipe.client.write(`[${parts.join(' , ')}]\n`);
    await expect.poll(() => pipe.server.text).toBe(`[${parts[0]},${parts[3]}]\n${parts[2]}\n`);
    expect(pipe.client.messages).toMatchObject([{ id: 2, error: {} }]);
    await pipe.ended();
    expect(pipe.lines().map(({ ruled, bytes }) => [Buffer.from(bytes).toString(), ruled?.dropped])).toEqual([
      [parts[1], true],
      [expect.stringContaining('"id":2'), false],
      [parts[3], false],
      [`[${parts[0]}]`, undefined],
      [parts[2], false],
    ]);
  });

  it('is not read faster than its client reads', async () => {
    const pipe = await ruledPipe(rules('  - { id: t, when: { method: x }, then: [{ tag: t }] }'));
    pipe.client.in.removeAllListeners('data');
    pipe.client.in.pause();
    let written = 0;
    const line = Buffer.from(answer(1, 'x'.repeat(100_000)));
    while (pipe.server.out.write(line)) written += 1;
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      while (!pipe.server.out.writableNeedDrain && written < 1_000) {
        pipe.server.out.write(line);
        written += 1;
      }
    }
    expect(written).toBeLessThan(50);
    let got = 0;
    pipe.client.in.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    pipe.client.in.resume();
    const sent = written + 1;
    await expect.poll(() => got).toBeGreaterThanOrEqual(sent * line.length - line.length);
  });

  it('a server gets each of 1,000 messages during reloads, each ruled by one whole set', async () => {
    const set = (name: string) =>
      rules(`
  - { id: one, when: { tool: add, direction: client_to_server }, then: [{ modify: { set: { "$.one": ${name} } } }] }
  - { id: two, when: { tool: add, direction: client_to_server }, then: [{ modify: { set: { "$.two": ${name} } } }] }
`);
    const pipe = await ruledPipe(set('a'));
    for (let index = 0; index < 1_000; index += 1) {
      pipe.client.write(call(index, 'add'));
      if (index % 100 === 0) pipe.listener.sendRules(set(['a', 'b'][(index / 100) % 2] ?? ''));
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => pipe.server.messages.length).toBe(1_000);
    const seen = pipe.server.messages as unknown as { id: number; params: { one: string; two: string } }[];
    expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(seen.every(({ params }) => params.one === params.two)).toBe(true);
    expect(new Set(seen.map(({ params }) => params.one))).toEqual(new Set(['a', 'b']));
  });

  it('failures of rules are reported, once a second for a rule that always fails', async () => {
    const pipe = await ruledPipe(
      rules(`
  - { id: bad, when: { tool: add }, then: [{ modify: { set: { $: 5 } } }] }
  - { id: deep, when: { params: { "$..a": { exists: true } } }, then: [{ tag: t }] }
`),
    );
    for (let index = 0; index < 1_000; index += 1) pipe.client.write(call(index, 'add'));
    pipe.client.write(call(1_001, 'other', JSON.parse(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`)));
    const last = (rule: string) => pipe.ruleFailures.filter((failure) => failure.rule === rule);
    const count = () => last('bad').reduce((sum, failure) => sum + failure.count, 0);
    await expect.poll(count).toBe(1_000);
    expect(last('bad').length).toBeLessThan(5);
    expect(last('bad')[0]).toMatchObject({
      server: 'tickets',
      lastError: 'modify had no effect: the changed params would not be valid JSON-RPC',
    });
    await expect.poll(() => last('deep')).toMatchObject([{ count: 1, lastError: /^its conditions could not/ }]);
    // Failures that are not reported yet when the server ends.
    pipe.client.write(call(2_000, 'add'));
    await expect.poll(() => pipe.server.messages.length).toBe(1_002);
    await pipe.ended();
    expect(count()).toBe(1_001);
  });

  it('reports no failures of rules that have been replaced', async () => {
    const pipe = await ruledPipe(rules('  - { id: bad, then: [{ modify: { set: { $: 5 } } }] }'));
    await expect.poll(() => pipe.isOpen()).toBe(true);
    pipe.client.write(call(1, 'add'));
    await expect.poll(() => pipe.server.messages).toHaveLength(1);
    pipe.listener.sendRules(rules('  - { id: no, when: { tool: no }, then: [{ block: { reason: no } }] }'));
    await expect
      .poll(() => {
        pipe.client.write(call(2, 'no'));
        return pipe.client.messages.length;
      })
      .toBeGreaterThan(0);
    await pipe.ended();
    expect(pipe.ruleFailures).toEqual([]);
  });

  it('a server keeps its rules when new ones are not valid, and that is reported', async () => {
    const pipe = await ruledPipe(rules('  - { id: no, when: { tool: no }, then: [{ block: { reason: no } }] }'));
    await expect.poll(() => pipe.isOpen()).toBe(true);
    pipe.listener.sendRules('version: 7');
    await expect.poll(() => pipe.failures).toHaveLength(1);
    pipe.client.write(call(1, 'no'));
    await expect.poll(() => pipe.client.messages).toMatchObject([{ id: 1, error: {} }]);
  });
});
