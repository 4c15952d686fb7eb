import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWords } from '../../support/claude/scenarios/check.js';
import { hooks } from '../../support/claude/scenarios/hooks.js';
import { hostile } from '../../support/claude/scenarios/hostile.js';
import { inputs } from '../../support/claude/scenarios/inputs.js';
import { memory } from '../../support/claude/scenarios/memory.js';
import { playScenario, scriptOf } from '../../support/claude/scenarios/play.js';
import { resumed } from '../../support/claude/scenarios/resumed.js';
import type { MakeScenario } from '../../support/claude/scenarios/scenario.js';
import { servers } from '../../support/claude/scenarios/servers.js';
import { skills } from '../../support/claude/scenarios/skills.js';
import { createWords, type Words } from '../../support/claude/scenarios/words.js';
import { newTrace } from '../../support/claude/traced.js';
import type { ClaudeVersion } from '../../support/claude/versions.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const OLDER_MODEL = 'claude-sonnet-4-5';
const SOME: [string, MakeScenario][] = [
  ['skills and commands', skills],
  ['hooks of every event', hooks],
  ['a session continued and compacted', resumed],
];
const OTHERS: [string, MakeScenario][] = [
  ['MCP servers with alike names', servers],
  ['text that looks like the harness’s', hostile],
  ['memory files', memory],
  ['what a person gives, and parallel calls', inputs],
];

/**
 * Newer models get reminders as bare text in `role: system` messages, older ones in tags. Two versions write the same tags:
 * they share the scenarios, as each start of the CLI takes seconds.
 */
const CLIENTS: [ClaudeVersion, model: string, [string, MakeScenario][]][] = [
  ['2.0.30', OLDER_MODEL, [...SOME, ...OTHERS]],
  ['2.1.197', OLDER_MODEL, SOME],
  ['2.1.329', OLDER_MODEL, OTHERS],
  ['2.1.329', 'opus', [...SOME, ...OTHERS]],
];

/** Up to six starts of the CLI, one after another. */
const TIMEOUT_MS = 300_000;

describe.each(CLIENTS)('Claude Code %s with %s', (version, model, scenarios) => {
  it.each(scenarios)(
    'has every word under its source: %s',
    async (_, makeScenario) => {
      const root = await mkdtemp(join(tmpdir(), 'claude-trace-scenario-'));
      const trace = await newTrace();
      const words = createWords();
      const stage = { version, words, home: join(root, 'home'), cwd: join(root, 'project') };
      const scenario = makeScenario(stage);
      const api = await startScriptedApi({ script: scriptOf(scenario) });
      try {
        await mkdir(stage.cwd, { recursive: true });
        expect(await playScenario(stage, scenario, { api, model, wrapArgv: trace.wrapArgv, env: trace.env })).toEqual(
          [],
        );
        const { wrong, unseen } = checkWords(trace.stored(), words);
        expect(wrong).toEqual([]);
        const mayLack = (word: string) => scenario.unsent?.includes(word) === true || isRacing(version, words, word);
        expect(unseen.filter((word) => !mayLack(word))).toEqual([]);
      } finally {
        await api.close();
        await trace.remove();
        await rm(root, { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );
});

/** 2.1.197 does not wait for servers: which of them are connected in time is a race. */
function isRacing(version: ClaudeVersion, words: Words, word: string): boolean {
  return version === '2.1.197' && words.sources.get(word)?.every((source) => source.startsWith('mcp:')) === true;
}
