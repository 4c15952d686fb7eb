import { parseArgs } from 'node:util';
import type { ApiOptions } from './api/api.js';
import type { AuthOptions } from './auth.js';
import type { ClaudeStartOptions } from './claude-start.js';
import type { CurveOptions } from './curve.js';
import type { GatewayOptions } from './gateway/gateway.js';
import type { HistoryOptions } from './history.js';
import type { ImportOptions } from './import.js';
import type { McpOptions } from './mcp/mcp.js';
import type { PacedOptions } from './paced/paced.js';
import type { PanelOptions } from './panel/panel.js';
import type { ReplayOptions } from './replay.js';
import type { RulesOptions } from './rules.js';
import type { TapesOptions } from './tapes.js';

const SUBJECTS = [
  'paced',
  'start',
  'curve',
  'attribution',
  'history',
  'panel',
  'api',
  'mcp',
  'gateway',
  'replay',
  'rules',
  'auth',
  'import',
  'tapes',
] as const;
type Subject = (typeof SUBJECTS)[number];

export interface Options {
  /** Nothing else is measured. */
  only: Subject | null;
  rounds: number;
  /** At most this long for one contestant's turn at one workload. */
  maxSeconds: number;
  startUps: number;
  paced: PacedOptions;
  start: ClaudeStartOptions;
  curve: CurveOptions;
  history: HistoryOptions;
  panel: PanelOptions;
  api: ApiOptions;
  mcp: McpOptions;
  gateway: GatewayOptions;
  replay: ReplayOptions;
  rules: RulesOptions;
  auth: AuthOptions;
  import: ImportOptions;
  tapes: TapesOptions;
  jsonFile: string | null;
}

type Length = Omit<Options, 'only' | 'jsonFile'>;

const WHOLE: Length = {
  rounds: 15,
  maxSeconds: 1,
  startUps: 10,
  paced: { rounds: 20, thousand: { rounds: 4, seconds: 8 } },
  start: { rounds: 15 },
  curve: { turns: [10, 30, 100, 300, 1_000] },
  history: { sizes: [], scale: 0.25, turns: 40, commands: 15 },
  panel: {
    startUps: 10,
    echo: { rounds: 10, keys: 28 },
    frameRounds: 7,
    byteRounds: 5,
    composed: 400,
    overhead: { rounds: 12, maxSeconds: 1 },
    minutes: 60,
    browse: { sizes: [1_000, 10_000], scale: 0.25, visits: 4, laps: 3 },
  },
  api: { requests: 10_000, scale: 0.25, seconds: 30, overhead: { rounds: 12, maxSeconds: 1 } },
  mcp: { rounds: 10, calls: 2_000, startUps: 20, sessions: 10 },
  gateway: {
    rounds: 10,
    calls: 2_000,
    sessions: { sessions: 1_000, seconds: 60 },
    sizing: { sessions: { http: 5_000, stdio: 500 }, calls: 2_000 },
  },
  replay: { seconds: 10, frames: 1_000_000, megabytes: 2_048 },
  rules: { rounds: 11, messages: 2_000 },
  auth: { requests: 1_000 },
  import: { megabytes: 1_024 },
  tapes: { frames: 1_000_000, megabytes: 2_048 },
};

const QUICK: Length = {
  rounds: 3,
  maxSeconds: 0.25,
  startUps: 5,
  paced: { rounds: 2, thousand: { rounds: 1, seconds: 5 } },
  start: { rounds: 4 },
  curve: { turns: [10, 100] },
  history: { sizes: [1_000], scale: 0.1, turns: 10, commands: 3 },
  panel: {
    startUps: 3,
    echo: { rounds: 2, keys: 10 },
    frameRounds: 1,
    byteRounds: 1,
    composed: 100,
    overhead: { rounds: 2, maxSeconds: 0.25 },
    minutes: 3,
    browse: { sizes: [300], scale: 0.1, visits: 1, laps: 1 },
  },
  api: { requests: 300, scale: 0.1, seconds: 3, overhead: { rounds: 2, maxSeconds: 0.25 } },
  mcp: { rounds: 3, calls: 300, startUps: 5, sessions: 3 },
  gateway: {
    rounds: 3,
    calls: 300,
    sessions: { sessions: 100, seconds: 6 },
    sizing: { sessions: { http: 200, stdio: 40 }, calls: 200 },
  },
  replay: { seconds: 1, frames: 100_000, megabytes: 64 },
  rules: { rounds: 3, messages: 500 },
  auth: { requests: 200 },
  import: { megabytes: 16 },
  tapes: { frames: 100_000, megabytes: 256 },
};

/** @throws TypeError for an option that does not exist */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    options: { quick: { type: 'boolean' }, json: { type: 'string' } },
    allowPositionals: true,
  });
  const [named, ...others] = positionals;
  const only = SUBJECTS.find((subject) => subject === named) ?? null;
  if (only !== (named ?? null) || others.length > 0) throw new TypeError(`What is ${positionals.join(' ')}?`);
  const length = values.quick ? QUICK : { ...WHOLE, history: { ...WHOLE.history, sizes: sizesOf(only) } };
  return { ...length, only, jsonFile: values.json ?? null };
}

/** The largest takes minutes: only for those who ask for it alone. */
function sizesOf(only: Subject | null): number[] {
  return only === 'history' ? [1_000, 10_000, 50_000] : [1_000, 10_000];
}
