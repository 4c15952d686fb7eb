import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, type ClientRequest, client, clientEvents, message } from '../support/product/client.js';
import type { RunningProgram } from '../support/product/program.js';
import { newSandbox, notices, untilTrue } from '../support/product.js';
import { heldAfter, say, startScriptedApi } from '../support/scripted-api.js';

const PRELOADS = ['dying-thread', 'choking-thread'].map(
  (name) => `--require=${fileURLToPath(new URL(`../support/product/${name}.cjs`, import.meta.url))}`,
);
/** Longer than the watch over a thread waits (supervised-thread.ts), on a machine that is busy with other tests. */
const PATIENCE = { timeout: 240_000 };
const SAY = say('Hello, this takes a while to say.');

/** A session whose threads the test can end; an API that holds back the end of a stream that asks for it. */
async function mortalSession(requests: ClientRequest[], stillborn: ('traffic' | 'recorder')[] = []) {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({
    script: async (request) => {
      const reply = await SAY(request);
      return request.body.includes('hold') ? heldAfter(600, new Promise(() => {}), reply) : reply;
    },
  });
  onTestFinished(() => api.close());
  const folder = join(sandbox.root, 'dying');
  await mkdir(folder);
  for (const thread of stillborn) await writeFile(join(folder, `always-${thread}`), '');
  const program = sandbox.start(['wrap', '--live', '--', ...client({ requests, exitCode: 6 })], {
    env: {
      ...(await sandbox.behind(api)),
      NODE_OPTIONS: PRELOADS.join(' '),
      DYING_THREADS: folder,
      // A thread that hangs is given up sooner.
      CHOKING_SOON: '1',
    },
  });
  return {
    sandbox,
    api,
    program,
    /** Ends the thread once, lets it hang, or fills its memory; resolves when it has met its fate. */
    async kill(thread: `${'' | 'hang-' | 'fill-'}${'traffic' | 'recorder'}`): Promise<void> {
      await writeFile(join(folder, thread), '');
      while ((await readdir(folder)).includes(thread)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    killAlways: (thread: 'traffic' | 'recorder') => writeFile(join(folder, `always-${thread}`), ''),
  };
}

async function endOf(program: RunningProgram) {
  const ended = await program.ended;
  return { ended, events: clientEvents(ended.stdout), told: notices(ended) };
}

describe('faults of the traffic thread', () => {
  it('a crash of the traffic thread resets open streams, and the same port answers again, traced, with the same CA and credentials', async () => {
    const { sandbox, program, kill } = await mortalSession([
      { body: message('before') },
      { body: message('hold') },
      { body: message('after'), retry: true },
    ]);
    await program.says('"data","index":1');
    await untilTrue(() => sandbox.stored().length === 2);
    await kill('traffic');
    const { ended, events, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(events.find(({ event }) => event === 'error')).toMatchObject({ index: 1, code: 'ECONNRESET' });
    expect(answers(ended).map(({ status }) => status)).toEqual([200, 200]);
    expect(
      sandbox
        .stored()
        .map(({ requestBody, detail }) => [JSON.parse(requestBody.toString()).messages[0].content, detail.state]),
    ).toEqual([
      ['before', 'complete'],
      ['hold', 'interrupted'],
      ['after', 'complete'],
    ]);
    expect(told.filter((line) => line.includes('The proxy failed'))).toEqual([
      expect.stringMatching(/was started again \(the test ends the traffic thread\)/),
    ]);
  });

  it(
    'a traffic thread that hangs is replaced: the command waits for a moment and goes on, traced',
    PATIENCE,
    async () => {
      const { sandbox, program, kill } = await mortalSession([
        { body: message('before') },
        { body: message('after'), waitFor: 'go on', retry: true },
      ]);
      await untilTrue(() => sandbox.stored()[0]?.detail.state === 'complete');
      await kill('hang-traffic');
      program.process.stdin.write('go on\n');
      const { ended, told } = await endOf(program);
      expect(ended.exitCode).toBe(6);
      expect(answers(ended).map(({ status }) => status)).toEqual([200, 200]);
      expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(['complete', 'complete']);
      expect(told.filter((line) => line.includes('The proxy failed'))).toEqual([
        expect.stringMatching(/was started again \(it stopped responding\)/),
      ]);
    },
  );

  it('repeated crashes of the traffic thread turn its port into a blind tunnel: the traffic goes on untraced', async () => {
    const { sandbox, api, program, killAlways } = await mortalSession([
      { body: message('before') },
      { body: message('after'), waitFor: 'go on', retry: true },
    ]);
    await untilTrue(() => sandbox.stored()[0]?.detail.state === 'complete');
    await killAlways('traffic');
    await program.warns('The proxy failed again');
    program.process.stdin.write('go on\n');
    const { ended, events, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(answers(ended).map(({ status }) => status)).toEqual([200, 200]);
    expect(api.received).toHaveLength(2);
    const issuers = events.flatMap((each) => (each.event === 'tls' ? [each.issuer] : []));
    expect(issuers.at(0)).toMatch(/^claude-trace(?! scripted)/);
    expect(issuers.at(-1)).toMatch(/^claude-trace scripted API/);
    expect(sandbox.stored()).toHaveLength(1);
    expect(told.filter((line) => line.includes('traffic goes on untraced'))).toHaveLength(1);
  });
});

describe('faults of the recorder', () => {
  it('a crash of the recorder does not touch the traffic, and later requests are recorded', async () => {
    const { sandbox, program, kill } = await mortalSession([
      { body: message('before') },
      { body: message('after'), waitFor: 'go on' },
      { body: message('and after') },
    ]);
    await program.says('"end","index":0');
    await kill('recorder');
    await program.warns('The recorder failed');
    program.process.stdin.write('go on\n');
    const { ended, events, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(events.filter(({ event }) => event === 'error' || event === 'tls')).toHaveLength(1);
    expect(answers(ended)).toHaveLength(3);
    const bodies = sandbox.stored().map(({ requestBody }) => requestBody.toString());
    expect(bodies).toEqual(expect.arrayContaining([message('after'), message('and after')]));
    expect(told.filter((line) => line.includes('The recorder failed'))).toEqual([
      expect.stringMatching(/was started again \(the test ends the recorder thread\)/),
    ]);
  });

  it(
    'a recorder that runs out of memory does not touch the traffic, and later requests are recorded',
    PATIENCE,
    async () => {
      const { sandbox, program, kill } = await mortalSession([
        { body: message('before') },
        { body: message('after'), waitFor: 'go on' },
      ]);
      await program.says('"end","index":0');
      await kill('fill-recorder');
      await program.warns('The recorder failed');
      program.process.stdin.write('go on\n');
      const { ended, events, told } = await endOf(program);
      expect(ended.exitCode).toBe(6);
      expect(events.filter(({ event }) => event === 'error')).toEqual([]);
      expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(['complete', 'complete']);
      expect(told.filter((line) => line.includes('The recorder failed'))).toEqual([
        expect.stringMatching(/was started again \(.*memory limit/),
      ]);
    },
  );

  it('repeated crashes of the recorder stop capture, which is reported once, and the traffic goes on', async () => {
    const { program, killAlways, api } = await mortalSession([
      { body: message('before') },
      { body: message('after'), waitFor: 'go on' },
      { body: message('and after') },
    ]);
    await killAlways('recorder');
    await program.says('"end","index":0');
    await program.warns('The recorder failed, so capture has stopped');
    program.process.stdin.write('go on\n');
    const { ended, events, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(events.filter(({ event }) => event === 'error')).toEqual([]);
    expect(answers(ended).map(({ body }) => body)).toEqual(api.received.map(({ answered }) => answered?.body));
    expect(told.filter((line) => line.startsWith('The recorder failed, so capture has stopped'))).toHaveLength(1);
  });
});

describe('a thread that cannot start', () => {
  it('a traffic thread that cannot start: the command runs without claude-trace, after one warning', async () => {
    const { api, program } = await mortalSession([{ body: message('untraced') }], ['traffic']);
    const { ended, events, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'tls', issuer: expect.stringContaining('scripted API') }),
    );
    expect(api.received).toHaveLength(1);
    expect(told).toEqual([
      expect.stringMatching(
        /^Cannot start the proxy; .* traced: the traffic thread ended before it listened \(the test ends /,
      ),
    ]);
  });

  it('a recorder that cannot start: the traffic flows, and the missing capture is reported', async () => {
    const { api, program } = await mortalSession([{ body: message('unrecorded'), waitFor: 'go on' }], ['recorder']);
    await program.warns('The recorder failed, so capture has stopped');
    program.process.stdin.write('go on\n');
    const { ended, told } = await endOf(program);
    expect(ended.exitCode).toBe(6);
    expect(answers(ended)).toHaveLength(1);
    expect(api.received).toHaveLength(1);
    expect(told.filter((line) => line.startsWith('The recorder failed, so capture has stopped'))).toHaveLength(1);
  });
});
