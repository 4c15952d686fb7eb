import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markersOf } from '../../support/claude/expected-sources.js';
import { MARKERS } from '../../support/claude/markers.js';
import { makeProject } from '../../support/claude/project.js';
import { type ClaudeResult, FAKE_KEY, runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, everySource, PROMPT } from '../../support/claude/session.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, type ScriptedApi, startScriptedApi } from '../../support/scripted-api.js';

/** Without claude-trace between: what the other tests compare with must itself be right. */
describe.each(CLAUDE_VERSIONS)('Claude Code %s against the scripted API', (version) => {
  let root: string;
  let api: ScriptedApi;
  let result: ClaudeResult;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-harness-'));
    const project = await makeProject(root);
    api = await startScriptedApi({ script: messagesApi(everySource(version, project)) });
    result = await runClaude({ version, project, api, prompt: PROMPT, args: ['--allowedTools', ALLOWED_TOOLS] });
  });
  afterAll(async () => {
    await api.close();
    await removeFolder(root);
  });

  it('runs the whole script', () => {
    expect(result).toMatchObject({ exitCode: 0, stdout: `All seen. ${MARKERS.reply}\n` });
  });

  it('sends what every source holds', () => {
    const sent = Buffer.concat(result.received.map(({ body }) => body));
    expect(markersOf(version).filter((marker) => !sent.includes(MARKERS[marker]))).toEqual([]);
  });

  it('sends the key', () => {
    const keys = result.received.flatMap(({ headers }) => headers.filter(([, value]) => value === FAKE_KEY));
    expect(keys.length).toBeGreaterThan(0);
  });
});
