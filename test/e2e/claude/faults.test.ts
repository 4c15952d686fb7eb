import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARKERS } from '../../support/claude/markers.js';
import { makeProject, type Project } from '../../support/claude/project.js';
import { FAKE_KEY, runClaude } from '../../support/claude/run.js';
import { everySource } from '../../support/claude/session.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import {
  askForCredentials,
  brokenAfter,
  failFirst,
  messagesApi,
  overloaded,
  type ReceivedRequest,
  rateLimited,
  type Script,
  type ScriptedApi,
  startScriptedApi,
  unauthorized,
  withCredentials,
} from '../../support/scripted-api.js';

const PROMPT = `/greet ${MARKERS.commandArgument}`;
const BEARER = 'zorblax-bearer-token-of-nobody';
const PROXY_PASSWORD = 'zorblax-proxy-password';

describe.each(CLAUDE_VERSIONS)('Claude Code %s under wrap', (version) => {
  let root: string;
  let project: Project;
  let trace: Trace;
  let api: ScriptedApi | undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-faults-'));
    project = await makeProject(root);
    trace = await newTrace();
  });
  afterEach(async () => {
    await api?.close();
    await trace.remove();
    await removeFolder(root);
  });

  async function start(options: Omit<Parameters<typeof startScriptedApi>[0], 'script'> & { script?: Script } = {}) {
    const script = options.script ?? messagesApi(everySource(version, project));
    api = await startScriptedApi({ ...options, script });
    return api;
  }

  const statuses = () =>
    trace
      .stored()
      .filter(({ row, requestBody }) => row.kind === 'messages' && requestBody.includes(MARKERS.commandBody))
      .map(({ row }) => row.status)
      .toReversed();

  it('expands a command and stores it under its name', async () => {
    const run = { version, project, api: await start(), prompt: PROMPT };
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env: trace.env });
    expect(wrapped).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    // A listing offers it as a skill, in versions that have one of both.
    const source = version === '2.0.30' ? 'command:greet' : 'skill:greet';
    const rows = await trace.run('query', '--source', source, '--json');
    expect(JSON.parse(rows.toString())).toHaveLength(1);
  });

  it('Claude Code retries a 429 and a 529 as without claude-trace, and each try is stored', async () => {
    const script = failFirst([rateLimited(0), overloaded()], isMain, messagesApi(everySource(version, project)));
    const run = { version, project, api: await start({ script }), prompt: PROMPT };
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env: trace.env });
    expect(wrapped).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    expect(statuses()).toEqual([429, 529, 200]);
  });

  it('gives up on a 401 with the same words and exit code as without', async () => {
    const good = messagesApi(everySource(version, project));
    const script: Script = (request) => (request.path.startsWith('/v1/messages') ? unauthorized() : good(request));
    const run = { version, project, api: await start({ script }), prompt: PROMPT };
    const direct = await runClaude(run);
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env: trace.env });
    expect(wrapped).toMatchObject({ exitCode: direct.exitCode, stdout: direct.stdout });
    expect(new Set(statuses())).toEqual(new Set([401]));
  });

  it('recovers from a stream that breaks as it does without, and the broken one is stored as cut off', async () => {
    const good = messagesApi(everySource(version, project));
    let broken = false;
    const script: Script = async (request) => {
      const reply = await good(request);
      if (!isMain(request) || broken) return reply;
      broken = true;
      return brokenAfter(700, 'reset', reply);
    };
    const run = { version, project, api: await start({ script }), prompt: PROMPT };
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env: trace.env });
    expect(wrapped).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    expect(trace.stored().filter(({ detail }) => detail.state === 'cut_off')).toHaveLength(1);
  });

  it('passes credentials to a company proxy, and leaves them and a bearer token nowhere', async () => {
    const guarded = await start({ answerConnect: askForCredentials('baker', PROXY_PASSWORD) });
    const proxy = withCredentials(guarded, 'baker', PROXY_PASSWORD);
    const env = { ...trace.env, HTTPS_PROXY: proxy, ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: BEARER };
    const run = { version, project, api: guarded, prompt: PROMPT };
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env });
    expect(wrapped).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    expect(wrapped.received.flatMap(({ headers }) => headers.map(([, value]) => value))).toContain(`Bearer ${BEARER}`);
    const everything = Buffer.concat([await trace.everything(), Buffer.from(wrapped.stdout + wrapped.stderr)]);
    expect([BEARER, PROXY_PASSWORD, FAKE_KEY].filter((secret) => everything.includes(secret))).toEqual([]);
  });

  it('is traced through a base URL on loopback too, in plain HTTP', async () => {
    const gateway = await start();
    const env = { ...trace.env, ANTHROPIC_BASE_URL: gateway.url };
    const run = { version, project, api: gateway, prompt: PROMPT };
    const wrapped = await runClaude({ ...run, wrapArgv: trace.wrapArgv, env });
    expect(wrapped).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    expect(wrapped.received.filter(isMain).map(({ encrypted }) => encrypted)).toEqual([false]);
    expect(statuses()).toEqual([200]);
  });
});

/** A request of the main thread: it carries the expanded command. */
function isMain({ path, body }: ReceivedRequest): boolean {
  return path.startsWith('/v1/messages?') && body.includes(MARKERS.commandBody);
}
