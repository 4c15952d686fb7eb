import { describe, it } from 'vitest';
import { OLDER_MODEL, SCENARIOS, type ScenarioTitle } from '../../support/claude/scenarios/all.js';
import { runScenario } from '../../support/claude/scenarios/run-scenario.js';
import type { Words } from '../../support/claude/scenarios/words.js';
import { type ClaudeVersion, driven } from '../../support/claude/versions.js';

const SOME: ScenarioTitle[] = ['skills and commands', 'hooks of every event', 'a session continued and compacted'];
const OTHERS: ScenarioTitle[] = [
  'MCP servers with alike names',
  'text that looks like the harness’s',
  'memory files',
  'what a person gives, and parallel calls',
];

/** Two versions that write the same tags share the scenarios, as each start of the CLI takes seconds. */
const CLIENTS: [ClaudeVersion, model: string, ScenarioTitle[]][] = [
  ['2.0.30', OLDER_MODEL, [...SOME, ...OTHERS]],
  ['2.1.197', OLDER_MODEL, SOME],
  ['2.1.329', OLDER_MODEL, OTHERS],
  ['2.1.332', 'opus', [...SOME, ...OTHERS]],
];

/** Up to six starts of the CLI, one after another, beside those of other scenarios. */
const TIMEOUT_MS = 300_000;

describe.each(driven(CLIENTS))('Claude Code %s with %s', (version, model, titles) => {
  it.concurrent.for(titles)(
    'has every word under its source: %s',
    { timeout: TIMEOUT_MS },
    async (title, { expect }) => {
      const { words, failures, wrong, unseen, unknown } = await runScenario(version, model, SCENARIOS[title]);
      expect(failures).toEqual([]);
      expect(wrong).toEqual([]);
      expect(unknown).toEqual([]);
      expect(unseen.filter((word) => !isRacing(version, words, word))).toEqual([]);
    },
  );
});

/** 2.1.197 does not wait for servers: which of them are connected in time is a race. */
function isRacing(version: ClaudeVersion, words: Words, word: string): boolean {
  return version === '2.1.197' && words.sources.get(word)?.every((source) => source.startsWith('mcp:')) === true;
}
