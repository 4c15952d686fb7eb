import { describe, expect, it } from 'vitest';
import { answers, client } from '../support/product/client.js';
import { notices } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();

/** A recorded exchange, to be asked again. */
function recorded() {
  const stored = demo.sandbox.stored().filter(({ row }) => row.kind === 'messages' && row.purpose === 'main');
  const [first] = stored;
  if (first?.responseBody == null) throw new Error('the demo has no conversation');
  return { id: first.row.id, request: first.requestBody.toString(), answer: first.responseBody.toString() };
}

describe('claude-trace replay api', () => {
  it('answers as the API did, and says at the end what it answered', async () => {
    const { request, answer } = recorded();
    const program = demo.sandbox.start(['replay', 'api', 'last', '--port', '0']);
    const url = (await program.says('\n')).trim();
    const ask = (body: string) => fetch(`${url}/v1/messages?beta=true`, { method: 'POST', body });

    expect(await (await ask(request)).text()).toBe(answer);
    expect((await ask('{"model":"x","messages":[{"role":"user","content":"Nobody said this."}]}')).status).toBe(400);
    program.process.kill('SIGINT');
    const ended = await program.ended;
    expect(ended.exitCode).toBe(0);
    expect(notices(ended).at(-1)).toMatch(/^1 request answered from session \w{8}, 1 without a recorded answer\.$/);
    expect(notices(ended).at(-2)).toContain('ends with "Nobody said this."');
  });

  it.each([
    [['replay', 'api', 'no-such-session'], 'no-such-session'],
    [['replay', 'api', 'last', '--http', '80'], '--port'],
    [['replay', 'tape.jsonl', 'last'], 'claude-trace replay api'],
  ])('refuses %j', async (args, what) => {
    const { exitCode, stderr } = await demo.sandbox.run(args);

    expect(exitCode).toBeGreaterThan(0);
    expect(stderr.toString()).toContain(what);
  });
});

describe('wrap --replay-api', () => {
  it('answers a program without an API, and records it apart', async () => {
    const { sandbox } = demo;
    const { request, answer } = recorded();
    const before = sandbox.stored().length;
    const headers = { 'x-api-key': 'sk-ant-mine' };
    const command = client({
      requests: [
        { body: request, headers },
        { method: 'GET', path: '/api/hello', headers },
      ],
    });
    const ended = await sandbox.run(['wrap', '--replay-api', 'last', '--', ...command]);

    expect(answers(ended).map(({ status }) => status)).toEqual([200, 200]);
    expect(answers(ended)[0]?.body.toString()).toBe(answer);
    expect(notices(ended)).toEqual([expect.stringMatching(/^1 request answered .*; nothing was sent to the API\.$/)]);
    expect(sandbox.stored()).toHaveLength(before);
    const apart = await sandbox.run(['query', '--json', '--kind', 'all'], {
      env: { CLAUDE_TRACE_DATA_DIR: `${sandbox.dataDir}/replays` },
    });
    expect(JSON.parse(apart.stdout.toString())).toHaveLength(2);
  });

  it('refuses other hosts, and names them', async () => {
    const command = client({ host: 'example.com', requests: [{ method: 'GET', path: '/' }] });
    const ended = await demo.sandbox.run(['wrap', '--replay-api', 'last', '--', ...command]);

    expect(answers(ended)).toEqual([]);
    expect(notices(ended)).toContain('Not reached in a replay: example.com:443.');
  });

  it.each([
    ['there is no such session', {}, 'nobody'],
    ['Claude Code would call another cloud', { CLAUDE_CODE_USE_BEDROCK: '1' }, 'last'],
  ])('starts nothing when %s', async (_why, env, session) => {
    const { exitCode, stdout } = await demo.sandbox.run(['wrap', '--replay-api', session, '--', 'echo', 'started'], {
      env,
    });

    expect([exitCode === 0, stdout.toString()]).toEqual([false, '']);
  });

  it('starts nothing when tracing is off', async () => {
    await demo.sandbox.configure({ enabled: false });
    const ended = await demo.sandbox.run(['wrap', '--replay-api', 'last', '--', 'echo', 'started']);
    await demo.sandbox.configure({});

    expect([ended.exitCode, ended.stdout.toString()]).toEqual([1, '']);
  });
});
