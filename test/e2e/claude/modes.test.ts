import { describe, it } from 'vitest';
import { OLDER_MODEL, SCENARIOS, type ScenarioTitle } from '../../support/claude/scenarios/all.js';
import { runScenario } from '../../support/claude/scenarios/run-scenario.js';
import { type ClaudeVersion, driven } from '../../support/claude/versions.js';

/** Modes of Claude Code, on the newest version and on the oldest that has them. */
const CLIENTS: [ClaudeVersion, model: string, ScenarioTitle[]][] = [
  [
    '2.1.332',
    'opus',
    [
      'teammates and a schedule',
      'permission modes',
      'agents with memory and skills, and skills that are agents',
      'many errands in one process',
      'a person at a terminal with an editor',
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

/** A minute may go by before a schedule fires, which the others play through: it is the first. */
const TIMEOUT_MS = 300_000;

describe('Claude Code has every word under its source', () => {
  const plays = driven(CLIENTS).flatMap(([version, model, titles]) =>
    titles.map((title) => [version, model, title] as const),
  );
  it.concurrent.for(plays)('%s with %s: %s', { timeout: TIMEOUT_MS }, async ([version, model, title], { expect }) => {
    const { failures, wrong, unseen } = await runScenario(version, model, SCENARIOS[title]);
    expect({ failures, wrong, unseen }).toEqual({ failures: [], wrong: [], unseen: [] });
  });
});
