import { agents } from './agents.js';
import { desk } from './desk.js';
import { errands } from './errands.js';
import { hooks } from './hooks.js';
import { hostile } from './hostile.js';
import { inputs } from './inputs.js';
import { memory } from './memory.js';
import { modes } from './modes.js';
import { resumed } from './resumed.js';
import type { MakeScenario } from './scenario.js';
import { servers } from './servers.js';
import { skills } from './skills.js';
import { team } from './team.js';

/** What every version is driven through: by title. */
export const SCENARIOS = {
  'skills and commands': skills,
  'hooks of every event': hooks,
  'a session continued and compacted': resumed,
  'MCP servers with alike names': servers,
  'text that looks like the harness’s': hostile,
  'memory files': memory,
  'what a person gives, and parallel calls': inputs,
  'permission modes': modes,
  'agents with memory and skills, and skills that are agents': agents,
  'many errands in one process': errands,
  'a person at a terminal with an editor': desk,
  'teammates and a schedule': team,
} as const satisfies Record<string, MakeScenario>;

export type ScenarioTitle = keyof typeof SCENARIOS;

/** Newer models get reminders as bare text in `role: system` messages, this one in tags. */
export const OLDER_MODEL = 'claude-sonnet-4-5';
