import { describe, expect, it } from 'vitest';
import { OLDER_MODEL, SCENARIOS, type ScenarioTitle } from '../../support/claude/scenarios/all.js';
import { runScenario } from '../../support/claude/scenarios/run-scenario.js';
import type { ClaudeVersion } from '../../support/claude/versions.js';

/** Modes of Claude Code, on the newest version and on the oldest that has them. */
const CLIENTS: [ClaudeVersion, model: string, ScenarioTitle[]][] = [
  [
    '2.1.332',
    'opus',
    [
      'permission modes',
      'agents with memory and skills, and skills that are agents',
      'many errands in one process',
      'a person at a terminal with an editor',
      'teammates and a schedule',
    ],
  ],
  ['2.1.332', OLDER_MODEL, ['many errands in one process', 'a person at a terminal with an editor']],
  [
    '2.1.197',
    'sonnet',
    ['permission modes', 'agents with memory and skills, and skills that are agents', 'many errands in one process'],
  ],
  ['2.0.30', OLDER_MODEL, ['permission modes']],
];

/** A minute goes by before a schedule fires. */
const TIMEOUT_MS = 300_000;

describe.each(CLIENTS)('Claude Code %s with %s', (version, model, titles) => {
  it.concurrent.each(titles)(
    'has every word under its source: %s',
    async (title) => {
      const { failures, wrong, unseen } = await runScenario(version, model, SCENARIOS[title]);
      expect({ failures, wrong, unseen }).toEqual({ failures: [], wrong: [], unseen: [] });
    },
    TIMEOUT_MS,
  );
});
