import { mkdtemp, readdir, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject } from '../../support/claude/project.js';
import { type ClaudeResult, runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, everySource, PROMPT } from '../../support/claude/session.js';
import { newTrace, type StoredExchange, type Trace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, startScriptedApi } from '../../support/scripted-api.js';

/** Side calls leave nothing in a transcript. */
const inTranscripts = ({ row }: StoredExchange) => row.purpose === 'main' || row.purpose === 'subagent';

describe.each(CLAUDE_VERSIONS)('the transcripts of a session of Claude Code %s', (version) => {
  let root: string;
  let transcripts: string;
  let captured: Trace;
  let imported: Trace;
  let ended: ClaudeResult;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-transcripts-'));
    const project = await makeProject(root);
    const api = await startScriptedApi({ script: messagesApi(everySource(version, project)) });
    captured = await newTrace();
    imported = await newTrace();
    const args = ['--allowedTools', ALLOWED_TOOLS];
    const session = { version, project, api, prompt: PROMPT, args, wrapArgv: captured.wrapArgv, env: captured.env };
    ended = await runClaude(session);
    await api.close();
    transcripts = join(project.home, '.claude', 'projects');
    await ageFiles(transcripts);
    await imported.run('import', transcripts);
  });
  afterAll(async () => {
    await captured?.remove();
    await imported?.remove();
    await removeFolder(root);
  });

  it('have the same requests as the wire, with the same bills', () => {
    expect(ended.exitCode).toBe(0);
    const bills = (trace: Trace) =>
      trace
        .stored()
        .filter(inTranscripts)
        .map(({ row: { tokens, sessionId, model } }) => {
          const { input, cacheRead, cacheWrite5m, cacheWrite1h } = tokens;
          return JSON.stringify({ sessionId, model, input, cacheRead, cacheWrite5m, cacheWrite1h });
        })
        .toSorted();
    const fromWire = bills(captured);
    expect(fromWire.length).toBeGreaterThanOrEqual(8);
    expect(bills(imported)).toEqual(fromWire);
  });

  it('have the sources of the conversation', () => {
    const sources = new Set(imported.stored().flatMap(({ row }) => row.sources.map(({ source }) => source)));
    for (const source of [
      'user',
      'assistant',
      'tool:Read',
      'tool:Bash',
      'mcp:atlas',
      'mcp:ledger',
      'skill:tidy',
      'agent:scout',
    ]) {
      expect(sources).toContain(source);
    }
    expect(sources.has('unknown:unrecorded')).toBe(version === '2.0.30');
    const origins = new Set(imported.stored().map(({ row }) => row.origin));
    expect(origins).toEqual(new Set(['transcript']));
  });

  it('add nothing to what was captured, and nothing the second time', async () => {
    const before = captured.stored().length;
    const known = JSON.parse((await captured.run('import', transcripts, '--json')).toString());
    expect(known).toMatchObject({ requests: 0, bad_lines: 0, known_requests: imported.stored().length });
    expect(captured.stored()).toHaveLength(before);
    const again = JSON.parse((await imported.run('import', transcripts, '--json')).toString());
    expect(again).toMatchObject({ files: 0, requests: 0 });
  });
});

/** Of a file in use the last answer is left for later. */
async function ageFiles(folder: string): Promise<void> {
  const anHourAgo = Date.now() / 1_000 - 3_600;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), anHourAgo, anHourAgo);
  }
}
