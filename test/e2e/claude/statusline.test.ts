import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { atTerminal } from '../../support/claude/claude-terminal.js';
import { makeProject } from '../../support/claude/project.js';
import { claudeCommand } from '../../support/claude/run.js';
import { settleIn } from '../../support/claude/settled.js';
import { newTrace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { MAIN } from '../../support/product.js';
import { removeFolder } from '../../support/remove-folder.js';
import { say, startScriptedApi } from '../../support/scripted-api.js';

it.each(CLAUDE_VERSIONS)('Claude Code %s shows the status line of a traced session', async (version) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  const api = await startScriptedApi({ script: say('Certainly.') });
  onTestFinished(() => api.close());
  const trace = await newTrace();
  onTestFinished(() => trace.remove());
  const project = await makeProject(root);
  await settleIn(project.home, project.cwd);
  const statusLine = { type: 'command', command: `'${process.execPath}' '${MAIN}' statusline` };
  await writeFile(join(project.home, '.claude', 'settings.json'), JSON.stringify({ statusLine }));
  const command = await claudeCommand(
    { version, project, api, wrapArgv: trace.wrapArgv, env: { ...trace.env, PATH: process.env.PATH ?? '' } },
    [],
  );

  await atTerminal(command, api, async (terminal) => {
    await terminal.ask('say hello', 'Certainly.');
    // An answer may be stored a moment after Claude Code has shown it, and asked for the line.
    await trace.hasAnswer();
    await terminal.ask('say more', 'Certainly.');
    // The model, the bar, the context, the largest group, the cost (estimated while an answer is open), the share from the cache.
    await terminal.until(
      () => terminal.shows(/▕[A-Z].* (\d+ % of 200k|[\d.]+k tokens) {2}\w+ [\d.]+k?.* {2}~?\$0\.\d+ {2}cache \d+ %/),
      'the status line',
    );
  });
  const [session] = JSON.parse((await trace.run('sessions', '--json')).toString());
  expect(session.requests).toBeGreaterThan(0);
});
