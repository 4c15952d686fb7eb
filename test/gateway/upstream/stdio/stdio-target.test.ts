import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { StdioTarget } from '../../../../src/gateway/upstream/stdio/stdio-target.js';
import { UpstreamError } from '../../../../src/gateway/upstream/upstream-error.js';
import { isAlive } from '../../../support/is-alive.js';
import {
  call,
  initialize,
  type Message,
  messagesOf,
  modernCall,
  ODD_SERVER,
  oddTarget,
  openSession,
  request,
  textOf,
} from '../../support/stdio-target.js';

const open: StdioTarget[] = [];
function start(...given: Parameters<typeof oddTarget>) {
  const made = oddTarget(...given);
  open.push(made.target);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((target) => target.close(0)));
});

async function ask(target: StdioTarget, message: Message, session: string | null = null) {
  return messagesOf(await target.send(request(message, { session })));
}

/** The same for a client that takes no stream of events: it gets nothing before the answer is there, however long that takes. */
async function askPlainly(target: StdioTarget, message: Message, session: string | null = null) {
  return messagesOf(await target.send(request(message, { session, accept: 'application/json' })));
}

describe('sessions', () => {
  it('have a child each, from initialize to DELETE', async () => {
    const { target, facts } = start();
    const [one, two] = [await openSession(target), await openSession(target)];
    const pids = await Promise.all([one, two].map(async (id) => textOf((await ask(target, call(1, 'pid'), id))[0])));
    expect(new Set(pids).size).toBe(2);
    expect((await target.send(request(null, { method: 'DELETE', session: one }))).status).toBe(200);
    await expect.poll(() => isAlive(Number(pids[0]))).toBe(false);
    expect((await target.send(request(call(2, 'pid'), { session: one }))).status).toBe(404);
    expect(textOf((await ask(target, call(2, 'pid'), two))[0])).toBe(pids[1]);
    await expect.poll(() => facts.map(({ type }) => type)).toEqual(['child_started', 'child_started', 'child_ended']);
  });

  it('answer with one document, or with events if there are more messages', async () => {
    const { target } = start();
    const session = await openSession(target);
    const plain = await target.send(request(call(1, 'echo', { said: 'hi' }), { session }));
    expect(plain.headers).toContainEqual(['content-type', 'application/json']);
    expect(await messagesOf(plain)).toMatchObject([{ id: 1 }]);
    const events = await target.send(request(call(2, 'progress', { steps: 2 }, { progressToken: 'p' }), { session }));
    expect(events.headers).toContainEqual(['content-type', 'text/event-stream']);
    expect(await messagesOf(events)).toMatchObject([
      { params: { progressToken: 'p', progress: 1 } },
      { params: { progressToken: 'p', progress: 2 } },
      { id: 2 },
    ]);
  });

  it('report the progress of parallel calls to the right call', async () => {
    const { target } = start();
    const session = await openSession(target);
    const answers = await Promise.all(
      [1, 2, 3].map((id) => ask(target, call(id, 'progress', { steps: 5 }, { progressToken: `p${id}` }), session)),
    );
    for (const [index, messages] of answers.entries()) {
      expect(messages).toHaveLength(6);
      expect(messages.slice(0, 5).every(({ params }) => (params as Message).progressToken === `p${index + 1}`)).toBe(
        true,
      );
    }
  });

  it('ask the client in the stream of its call, and pass its answer on', async () => {
    const { target } = start();
    const session = await openSession(target);
    const answer = await target.send(request(call(1, 'ask'), { session }));
    const seen: Message[] = [];
    for await (const bytes of answer.body) {
      const message = JSON.parse(/^data: (.*)$/m.exec(Buffer.from(bytes).toString())?.[1] ?? '');
      seen.push(message);
      if (message.method !== 'elicitation/create') continue;
      const reply = { jsonrpc: '2.0', id: message.id, result: { action: 'accept', content: {} } };
      expect((await target.send(request(reply, { session }))).status).toBe(202);
    }
    expect(seen.map(({ method }) => method)).toEqual(['elicitation/create', undefined]);
    expect(textOf(seen[1])).toBe('{"action":"accept","content":{}}');
  });

  it('send messages that belong to no request to the stream of GET, also those from before it was opened', async () => {
    const { target } = start();
    const session = await openSession(target);
    // This client takes no events, so its log messages go elsewhere.
    const json = { session, accept: 'application/json' };
    await messagesOf(await target.send(request(call(1, 'log', { times: 2, data: 'early' }), json)));
    const left = new AbortController();
    const stream = await target.send(request(null, { method: 'GET', session, signal: left.signal }));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const bytes of stream.body) seen.push(Buffer.from(bytes).toString());
    })();
    await messagesOf(await target.send(request(call(2, 'log', { times: 1, data: 'late' }), json)));
    await expect.poll(() => seen.map((each) => /early|late/.exec(each)?.[0])).toEqual(['early', 'early', 'late']);
    left.abort();
    await reading;
  });

  it('keep a bounded number of messages that nobody reads (mcp-proxy #72)', async () => {
    const { target } = start();
    const session = await openSession(target);
    const json = { session, accept: 'application/json' };
    await messagesOf(await target.send(request(call(1, 'log', { times: 5_000, data: 'x'.repeat(400) }), json)));
    const left = new AbortController();
    const stream = await target.send(request(null, { method: 'GET', session, signal: left.signal }));
    let events = 0;
    const reading = (async () => {
      for await (const _ of stream.body) events += 1;
    })();
    await messagesOf(await target.send(request(call(2, 'pid'), json)));
    await expect.poll(() => events).toBeGreaterThan(900);
    expect(events).toBeLessThanOrEqual(1_000);
    left.abort();
    await reading;
  });

  it('end the stream of a cancelled call, which nobody answers any more', async () => {
    const { target } = start();
    const session = await openSession(target);
    const hanging = target.send(request(call(1, 'hang'), { session }));
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    await target.send(request(cancel, { session }));
    expect(await messagesOf(await hanging)).toEqual([]);
    expect(textOf((await ask(target, call(2, 'cancelled'), session))[0])).toBe('[1]');
  });

  it('refuse a second request with the id of an open one', async () => {
    const { target } = start();
    const session = await openSession(target);
    const first = target.send(request(call(1, 'slow', { ms: 100 }), { session }));
    const second = await target.send(request(call(1, 'pid'), { session }));
    expect(second.status).toBe(400);
    expect(textOf((await messagesOf(await first))[0])).toBe('slow');
  });

  it('answer a batch of 2025-03-26', async () => {
    const { target } = start();
    const session = await openSession(target);
    const batch = [call(1, 'pid'), { jsonrpc: '2.0', method: 'notifications/x' }, call('two', 'pid')];
    const events = await messagesOf(await target.send(request(batch, { session })));
    const list = await messagesOf(await target.send(request(batch, { session, accept: 'application/json' })));
    for (const answers of [events, list]) expect(answers.map(({ id }) => id).sort()).toEqual([1, 'two']);
  });

  it('tell clients at once when their server ends, and answer 404 afterwards', async () => {
    const { target } = start();
    const session = await openSession(target);
    const failed = expect(askPlainly(target, call(1, 'hang'), session)).rejects.toThrow(UpstreamError);
    await expect(askPlainly(target, call(2, 'crash'), session)).rejects.toMatchObject({
      kind: 'exited',
      neverReached: false,
    });
    await failed;
    expect((await target.send(request(call(3, 'pid'), { session }))).status).toBe(404);
    expect(target.sessions).toBe(0);
  });

  it('answer with an error in a stream that has begun when the server ends', async () => {
    const { target } = start();
    const session = await openSession(target);
    const events = { session, accept: 'text/event-stream' };
    const answer = await target.send(request(call(1, 'crash'), events));
    expect(await messagesOf(answer)).toMatchObject([{ id: 1, error: { message: 'The server has ended.' } }]);
  });

  it('are ended whatever they do', async () => {
    const { target } = start();
    const session = await openSession(target);
    const answer = await target.send(request(call(1, 'hang'), { session, accept: 'text/event-stream' }));
    target.end(session);
    expect(await messagesOf(answer)).toMatchObject([{ error: { message: 'The session has ended.' } }]);
    expect((await target.send(request(call(2, 'pid'), { session }))).status).toBe(404);
    await expect.poll(() => [target.sessions, target.children]).toEqual([0, 0]);
  });

  it('are refused beyond the maximum of children', async () => {
    const { target } = start([], { pool: { max: 2 } });
    await openSession(target);
    await openSession(target);
    await expect(target.send(request(initialize))).rejects.toMatchObject({ kind: 'full', neverReached: true });
  });

  it('take the place of a child that clients share, once it has no request', async () => {
    const { target } = start([], { pool: { max: 1 } });
    await ask(target, modernCall(1, 'echo', { said: 'hi' }));
    const session = await openSession(target);
    expect(textOf((await ask(target, call(2, 'echo', { said: 'here' }), session))[0])).toBe('here');
    expect(target.children).toBe(1);
    await expect(target.send(request(initialize))).rejects.toMatchObject({ kind: 'full' });
  });

  it('get no child of a target that is closed: nobody would end it', async () => {
    const { target, facts } = start();
    await target.close(0);
    const failure = { kind: 'exited', neverReached: true };
    await expect(target.send(request(initialize))).rejects.toMatchObject(failure);
    await expect(target.send(request(modernCall(1, 'pid')))).rejects.toMatchObject(failure);
    expect([target.children, facts]).toEqual([0, []]);
  });

  it('get a child that is already waiting', async () => {
    const { target, facts } = start([], { pool: { min_idle: 1 } });
    await expect.poll(() => facts.length).toBe(1);
    const session = await openSession(target);
    const started = facts[0] as { pid: number };
    expect(textOf((await ask(target, call(1, 'pid'), session))[0])).toBe(String(started.pid));
    await expect.poll(() => facts.filter(({ type }) => type === 'child_started')).toHaveLength(2);
  });
});

describe('requests of 2026-07-28', () => {
  it('share a child, and each client gets its own answers, though their ids are equal', async () => {
    const { target } = start();
    const said = Array.from({ length: 12 }, (_, index) => `text ${index}`);
    const answers = await Promise.all(said.map((each) => ask(target, modernCall('same', 'echo', { said: each }))));
    expect(answers.map(([only]) => [only?.id, textOf(only)])).toEqual(said.map((each) => ['same', each]));
    expect(target.children).toBe(1);
  });

  it('get another child when one is busy, up to the maximum', async () => {
    const { target } = start([], { pool: { max: 2 } });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, id) => ask(target, modernCall(id, 'slow', { ms: 50 }))),
    );
    expect(answers.flat()).toHaveLength(40);
    expect(target.children).toBe(2);
  });

  it('get the progress of their own call, under their own token', async () => {
    const { target } = start();
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(target, modernCall(7, 'progress', { steps: 3 }, { progressToken: 'mine' }))),
    );
    for (const messages of answers) {
      expect(messages.map(({ params }) => (params as Message | undefined)?.progressToken)).toEqual([
        'mine',
        'mine',
        'mine',
        undefined,
      ]);
    }
  });

  it('subscribe under their own id', async () => {
    const { target } = start();
    const left = new AbortController();
    const params = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
    const listen = { jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params };
    const stream = await target.send(request(listen, { signal: left.signal }));
    const seen: string[] = [];
    for await (const bytes of stream.body) {
      seen.push(Buffer.from(bytes).toString());
      if (seen.length === 2) break;
    }
    expect(seen.every((each) => each.includes('"io.modelcontextprotocol/subscriptionId":"sub"'))).toBe(true);
  });

  it('never show the log of one client to another', async () => {
    const { target } = start();
    const other = ask(target, modernCall(1, 'slow', { ms: 150 }));
    const logging = ask(target, modernCall(2, 'log', { times: 3, data: 'secret' }));
    expect(JSON.stringify(await Promise.all([other, logging]))).not.toContain('secret');
    expect(JSON.stringify(await ask(target, modernCall(3, 'log', { times: 1, data: 'own' })))).toContain('own');
  });

  it('are cancelled when their client leaves', async () => {
    const { target } = start();
    const left = new AbortController();
    const hanging = target.send(request(modernCall(1, 'hang'), { signal: left.signal }));
    const gone = expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
    // It is certain to have been read before the next one.
    await ask(target, modernCall(2, 'pid'));
    left.abort();
    await gone;
    expect(textOf((await ask(target, modernCall(3, 'cancelled')))[0])).toBe('[1]');
  });

  it('show an error of the protocol by the status', async () => {
    const { target } = start();
    const found = await target.send(request({ ...modernCall(1, 'x'), method: 'nothing/such' }));
    expect([found.status, (await messagesOf(found))[0]]).toMatchObject([200, { id: 1, error: { code: -32601 } }]);
  });

  it('move to a new child when theirs is worn, and let it finish', async () => {
    const { target } = start([], { pool: { max_requests: 2 } });
    const slow = ask(target, modernCall(1, 'slow', { ms: 200 }));
    const pids: string[] = [];
    for (let id = 2; id < 5; id++) pids.push(textOf((await ask(target, modernCall(id, 'pid')))[0]));
    expect(new Set(pids).size).toBe(2);
    expect(textOf((await slow)[0])).toBe('slow');
    await expect.poll(() => isAlive(Number(pids[0]))).toBe(false);
  });

  it('end a child without requests', async () => {
    const { target } = start([], { pool: { idle: 100 } });
    await ask(target, modernCall(1, 'pid'));
    await expect.poll(() => target.children).toBe(0);
  });

  it('requests of a stdio server that ends fail at once, and the next ones get a new process', async () => {
    const { target } = start();
    const hanging = expect(askPlainly(target, modernCall(1, 'hang'))).rejects.toThrow(UpstreamError);
    await expect(askPlainly(target, modernCall(2, 'crash'))).rejects.toMatchObject({
      kind: 'exited',
      neverReached: false,
    });
    await hanging;
    expect(await ask(target, modernCall(3, 'pid'))).toHaveLength(1);
  });
});

describe('servers that fail', () => {
  it('that end at once are not started again and again', async () => {
    const { target, facts } = start(['dies']);
    for (let time = 0; time < 2; time++) {
      await expect(target.send(request(initialize))).rejects.toMatchObject({
        kind: 'exited',
        message: expect.not.stringContaining('as soon as it is started'),
      });
    }
    await expect(target.send(request(initialize))).rejects.toMatchObject({
      neverReached: true,
      message: 'the server ends as soon as it is started: exit code 3',
    });
    expect(facts.filter(({ type }) => type === 'child_started')).toHaveLength(2);
    expect(facts.find(({ type }) => type === 'child_ended')).toMatchObject({ exit: 'exit code 3', stderr: 'no way\n' });
    await expect(target.check(AbortSignal.timeout(1_000))).rejects.toThrow(UpstreamError);
  });

  it.each([
    ['program', { command: ['nosuchprog'] }, 'nosuchprog: not found'],
    [
      'folder',
      { cwd: '/no/such/folder' },
      `${process.execPath} cannot be started in /no/such/folder, which is not a folder`,
    ],
    [
      'folder, which is a file',
      { cwd: ODD_SERVER },
      `${process.execPath} cannot be started in ${ODD_SERVER}, which is not a folder`,
    ],
  ])('that cannot be started name the missing %s, also while no start is tried', async (_what, options, problem) => {
    const { target } = start([], options);
    const later = `the server ends as soon as it is started: ${problem}`;
    for (const message of [problem, problem, later]) {
      await expect(target.send(request(initialize))).rejects.toMatchObject({ message });
    }
    await expect(target.check(AbortSignal.timeout(1_000))).rejects.toThrow(problem);
  });

  it('that answer before a request are not believed', async () => {
    const { target } = start(['early']);
    const answer = await target.send(request({ ...initialize, id: 5 }));
    expect(await messagesOf(answer)).toMatchObject([{ id: 5, result: { serverInfo: { name: 'odd' } } }]);
  });

  it('that say nothing: the client gets the head of a stream, and may leave', async () => {
    const { target } = start(['silent']);
    const left = new AbortController();
    const asked = target.send(request(initialize, { signal: left.signal }));
    const gone = expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    left.abort();
    await gone;
    await expect.poll(() => target.children).toBe(0);
  });

  it('that say nothing within the time of a start are ended, and count as failed', async () => {
    const { target, facts } = start(['silent'], { pool: { start_timeout: 200 } });
    const events = { accept: 'text/event-stream' };
    expect(await messagesOf(await target.send(request(initialize, events)))).toMatchObject([{ id: 0, error: {} }]);
    await expect.poll(() => facts.at(-1)).toMatchObject({ type: 'child_ended', reason: 'silent' });
  });

  it('that close their output, or their input, are ended', async () => {
    const { target } = start();
    await expect(askPlainly(target, modernCall(1, 'half-close'))).rejects.toMatchObject({ kind: 'exited' });
    await expect.poll(() => target.children).toBe(0);
    const stderr = new PassThrough();
    let said = '';
    stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const closing = start(['closes-input', 'stubborn'], { stderr }).target;
    const first = expect(askPlainly(closing, modernCall(1, 'pid'))).rejects.toMatchObject({ kind: 'exited' });
    // Node itself may have written a warning before.
    await expect.poll(() => said).toContain('started');
    // A pipe says that nobody reads it only when it is written to.
    await expect(askPlainly(closing, modernCall(2, 'pid'))).rejects.toMatchObject({ kind: 'exited' });
    await first;
    await expect.poll(() => closing.children).toBe(0);
  });

  it('that hang are replaced once clients have given up', async () => {
    const { target } = start(['silent'], { signOfLifeMs: 200 });
    for (let id = 0; id < 3; id++) {
      const signal = AbortSignal.timeout(20);
      await expect(target.send(request(modernCall(id, 'pid'), { signal }))).rejects.toThrow(DOMException);
    }
    await expect.poll(() => target.children).toBe(0);
  });

  it('with lines that are not messages, and invalid UTF-8: the answer passes as it is', async () => {
    const { target } = start();
    const answer = await target.send(request(modernCall(1, 'junk')));
    const bytes = await buffer(answer.body);
    expect(bytes.includes(0xff)).toBe(true);
    expect(JSON.parse(bytes.toString())).toMatchObject({ id: 1, result: {} });
  });

  it('with an answer that is too long: the client gets an error', async () => {
    const { target } = start();
    const session = await openSession(target);
    const [long] = await ask(target, call(1, 'long', { megabytes: 40 }), session);
    expect(long).toMatchObject({ id: 1, error: { message: expect.stringContaining('the limit is 16 MB') } });
    expect(textOf((await ask(target, call(2, 'echo', { said: 'still here' }), session))[0])).toBe('still here');
  });

  it('stdio servers that send 1 GB without a line end are ended, in bounded memory', async () => {
    const { target, facts } = start();
    const before = process.memoryUsage().rss;
    await expect(askPlainly(target, modernCall(1, 'endless'))).rejects.toMatchObject({ kind: 'exited' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
    expect(facts.at(-1)).toMatchObject({ type: 'child_ended', exit: 'SIGKILL' });
  });
});

describe('children leave nothing behind (supergateway #108, #124, #160)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orphans-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const note = (name: string) => join(folder, name);
  const pidsIn = (name: string) => readFileSync(note(name), 'utf8').trim().split(' ').map(Number);

  it('when a session is deleted: what the server started, and ignores SIGTERM, ends too', async () => {
    const { target } = start([`fork=${note('deleted')}`, 'stubborn']);
    const session = await openSession(target);
    const pids = pidsIn('deleted');
    expect(pids.map(isAlive)).toEqual([true, true]);
    await target.send(request(null, { method: 'DELETE', session }));
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
  });

  it('when the server itself crashes', async () => {
    const { target } = start([`fork=${note('crashed')}`]);
    const session = await openSession(target);
    await expect(askPlainly(target, call(1, 'crash'), session)).rejects.toThrow(UpstreamError);
    await expect.poll(() => pidsIn('crashed').map(isAlive)).toEqual([false, false]);
  });
});
