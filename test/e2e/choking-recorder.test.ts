import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, client, message } from '../support/product/client.js';
import { newSandbox, notices, untilTrue } from '../support/product.js';
import { heldAfter, say, startScriptedApi } from '../support/scripted-api.js';

const PRELOAD = fileURLToPath(new URL('../support/product/choking-thread.cjs', import.meta.url));

/** Longer than the watch over the recorder waits (recorder-supervisor.ts), on a machine that is busy with other tests. */
const PATIENCE = { timeout: 240_000 };

/** A run whose requests hold these words; with `stays`, the command ends when all is stored. */
async function choking(words: readonly string[], stays: boolean) {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Hello.') });
  onTestFinished(() => api.close());
  const requests = words.map((word) => ({ body: message(word) }));
  const last = { body: message('last'), waitFor: 'go on' };
  const program = sandbox.start(
    ['wrap', '--', ...client({ requests: stays ? [...requests, last] : requests, exitCode: 6 })],
    {
      env: {
        ...(await sandbox.behind(api)),
        NODE_OPTIONS: `--require=${PRELOAD}`,
        // The end of a run has short limits of its own.
        ...(stays && { CHOKING_SOON: '1' }),
      },
    },
  );
  if (stays) {
    const stored = () => sandbox.stored().filter(({ detail }) => detail.state === 'complete');
    await untilTrue(() => stored().length === words.length);
    program.process.stdin.write('go on\n');
  }
  const ended = await program.ended;
  expect(ended.exitCode).toBe(6);
  expect(answers(ended)).toHaveLength(stays ? words.length + 1 : words.length);
  return { ended, told: notices(ended), rows: sandbox.stored(), sandbox };
}

const said = (body: Buffer) => (body.length === 0 ? null : JSON.parse(body.toString()).messages[0].content);

it(
  'a recorder that keeps dying over nothing it can avoid ends, though each life stores the open request',
  PATIENCE,
  async () => {
    const sandbox = await newSandbox();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const api = await startScriptedApi({
      script: async (request) => heldAfter(10, released, await say('Hello.')(request)),
    });
    onTestFinished(() => api.close());
    const program = sandbox.start(
      ['wrap', '--live', '--', ...client({ requests: [{ body: message('choke-later') }], exitCode: 6 })],
      { env: { ...(await sandbox.behind(api)), NODE_OPTIONS: `--require=${PRELOAD}` } },
    );
    await program.warns('The recorder failed, so capture has stopped');
    release();
    const ended = await program.ended;
    expect(ended.exitCode).toBe(6);
    expect(answers(ended)).toHaveLength(1);
  },
);

describe('an exchange that the recorder does not survive costs only itself', PATIENCE, () => {
  it('an exchange whose attribution never ends is stored without attribution', async () => {
    const word = 'choke-attribution';
    const { rows, told, sandbox } = await choking(['before', word, 'after'], true);
    expect(rows.map(({ requestBody, detail }) => [said(requestBody), detail.state, detail.attributed])).toEqual([
      ['before', 'complete', true],
      [word, 'complete', false],
      ['after', 'complete', true],
      ['last', 'complete', true],
    ]);
    expect(told).toContainEqual(expect.stringMatching(/^The recorder failed and was started again/));
    const id = rows[1]?.detail.id ?? '';
    const shown = (await sandbox.run(['show', id])).stdout.toString();
    expect(shown).toMatch(/^attribution +none: it failed or took too long; `claude-trace reattribute` tries again$/m);
  });

  it('an exchange whose reading never ends is stored without its bodies', async () => {
    const { rows } = await choking(['before', 'choke-reading', 'after'], true);
    expect(rows.map(({ requestBody, detail }) => [said(requestBody), detail.response?.degraded ?? null])).toEqual([
      ['before', null],
      [null, 'claude-trace could not read this exchange: its bodies are not kept'],
      ['after', null],
      ['last', null],
    ]);
  });

  it('an exchange that never comes back at the end of a run does not delay it, and all others are stored', async () => {
    const { rows } = await choking(['before', 'choke-reading', 'after'], false);
    expect(rows.map(({ requestBody }) => said(requestBody))).toEqual(expect.arrayContaining(['before', 'after']));
  });
});
