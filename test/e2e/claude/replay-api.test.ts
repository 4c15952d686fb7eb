import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecord } from '../../../src/base/json.js';
import { shapeOf } from '../../../src/scripted/recorded/request-shape.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';
import { resolvePaths } from '../../../src/settings/paths.js';
import { openReader } from '../../../src/store/index.js';
import { startReplayedApi } from '../../../src/wrap/replayed-api/replayed-api.js';
import { makeProject, type Project } from '../../support/claude/project.js';
import { type ClaudeResult, type ClaudeRun, claudeCommand, FAKE_KEY, runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, everySource, PROMPT } from '../../support/claude/session.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, type ScriptedApi, say, startScriptedApi } from '../../support/scripted-api.js';

/** In every credential of the user. */
const SECRET = 'zorblax-secret';

describe.each(CLAUDE_VERSIONS)('a recorded session of Claude Code %s', (version) => {
  let root: string;
  let project: Project;
  let trace: Trace;
  let recorded: ClaudeResult;
  const apis: ScriptedApi[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-recorded-'));
    project = await makeProject(root);
    trace = await newTrace();
    recorded = await run(await started(messagesApi(everySource(version, project))), []);
  });
  afterAll(async () => {
    for (const api of apis.splice(0)) await api.close();
    await trace.remove();
    await removeFolder(root);
  });

  async function started(script: Parameters<typeof startScriptedApi>[0]['script']): Promise<ScriptedApi> {
    const api = await startScriptedApi({ script });
    apis.push(api);
    return api;
  }

  function run(api: ScriptedApi, options: readonly string[], more: Partial<ClaudeRun> = {}) {
    const [node = '', main = ''] = trace.wrapArgv;
    const wrapArgv = [node, main, 'wrap', '--mcp', ...options, '--layout', 'none', '--'];
    const args = ['--allowedTools', ALLOWED_TOOLS];
    return runClaude({ version, project, api, prompt: PROMPT, args, wrapArgv, env: trace.env, ...more });
  }

  /** Credentials in all places from which Claude Code takes them; it would renew the login, which has expired. */
  async function logIn(): Promise<string> {
    const folder = join(project.home, '.claude');
    await mkdir(folder, { recursive: true });
    const login = {
      ...{ accessToken: `sk-ant-oat01-${SECRET}`, refreshToken: `sk-ant-ort01-${SECRET}`, expiresAt: 1_000 },
      ...{ scopes: ['user:inference', 'user:profile'], subscriptionType: 'max' },
    };
    const file = join(folder, '.credentials.json');
    await writeFile(file, JSON.stringify({ claudeAiOauth: login }));
    const settings = JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8').catch(() => '{}'));
    const env = {
      ...settings.env,
      ANTHROPIC_API_KEY: `sk-ant-${SECRET}`,
      ANTHROPIC_CUSTOM_HEADERS: `x-key: ${SECRET}`,
    };
    const helper = { apiKeyHelper: `echo ${SECRET}` };
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ ...settings, ...helper, env }));
    return file;
  }

  it('runs again without the API and its MCP servers, twice, with equal requests and the same end', async () => {
    expect(recorded).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('All seen.') });
    await logIn();
    const outside = await started(() => {
      throw new Error('The replay must not come here.');
    });
    const both = ['--replay', 'last', '--replay-api', 'last'];
    const replays = [await run(outside, both), await run(outside, both)];

    for (const { exitCode, stdout, stderr } of replays) {
      expect([exitCode, stdout]).toEqual([0, recorded.stdout]);
      expect(stderr).toMatch(/\d+ requests answered from session \w{8}; nothing was sent to the API\.\n/);
      expect(stderr).toContain('2 calls altered by rules or replays; replayed from tapes: atlas, ledger.');
    }
    expect([outside.received, outside.connects]).toEqual([[], []]);
    const bodies = requestsOf(join(trace.env.CLAUDE_TRACE_DATA_DIR ?? '', 'replays', 'trace.db'));
    expect(bodies).toHaveLength(2);
    expect(bodies[0]?.length).toBeGreaterThan(5);
    // Without a diff, which would print prompts of Claude Code.
    expect(bodies[1]?.map((body, index) => body === bodies[0]?.[index])).toEqual(bodies[0]?.map(() => true));
    // What was replayed has no part in figures of what was spent.
    expect(trace.stored().filter(({ row }) => row.kind === 'messages')).toHaveLength(
      requestsOf(trace.database)[0]?.length ?? 0,
    );
  });

  it('gets none of the credentials of the user, whose login stays as it is', async () => {
    const login = await logIn();
    const before = await readFile(login, 'utf8');
    const env = { HOME: project.home, ANTHROPIC_API_KEY: FAKE_KEY, CLAUDE_CODE_OAUTH_TOKEN: SECRET };
    const settings = readClaudeSettings({ env, cwd: project.cwd, managedFolders: [] });
    const paths = resolvePaths(trace.env);
    const replay = await startReplayedApi({ session: 'last', speed: 'max', paths, env, settings, onProblem: () => {} });
    try {
      const api = await started(say('Hello.'));
      const given = await claudeCommand({ version, project, api, env }, ['-p', PROMPT]);
      const { argv, env: clean } = { argv: replay.command(given.argv), env: replay.environment(given.env) };
      const { execa } = await import('execa');
      const [file = '', ...args] = argv;
      const end = await execa(file, args, { cwd: given.cwd, env: clean, extendEnv: false, stdin: 'ignore' });
      expect(end.stdout).toBe('Hello.');
      const leaks = api.received.filter(({ path, headers, body }) => {
        const text = `${path} ${JSON.stringify(headers)} ${body}`;
        return text.includes(SECRET) || text.includes(FAKE_KEY);
      });
      expect(api.received.length).toBeGreaterThan(0);
      expect(leaks.map(({ path }) => path)).toEqual([]);
    } finally {
      await replay.close();
    }
    expect(await readFile(login, 'utf8')).toBe(before);
  });
});

/** The requests of each session, the oldest first, without what differs between two runs. */
function requestsOf(database: string): string[][] {
  const reader = openReader(database);
  try {
    const shapes = (id: string) => {
      const rows = reader.page({ sessionId: id }, { limit: 100, ascending: true });
      return rows.map((row) => {
        // The folder of Claude Code in a replay.
        const text = Buffer.from(reader.requestBody(row.id)).toString();
        const body = parseRecord(text.replaceAll(/[^"\s]*\/claude-trace-\d+-\w+-\w+\/claude/g, ''));
        return JSON.stringify(shapeOf('messages', body ?? {}));
      });
    };
    return reader
      .sessions()
      .rows.toReversed()
      .map(({ id }) => shapes(id));
  } finally {
    reader.close();
  }
}
