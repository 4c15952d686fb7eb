import { readRegularFile } from '../../base/regular-file.js';
import { tapeNames } from '../../mcp/tape/library/names.js';
import { EXCHANGE_STATES } from '../../model/exchange.js';
import { CONFIG_KEYS } from '../../settings/config-schema.js';
import { resolvePaths } from '../../settings/paths.js';
import { type Reader, readDatabase } from '../../store/index.js';
import { formatDollars, formatTime } from '../../text/units.js';

/** A word that could be typed next. */
export interface Candidate {
  value: string;
  /** Some shells show it beside the word. */
  description: string;
}

/** What can be typed: words, or the name of a file. */
export type Candidates = readonly Candidate[] | 'files';

/** Requests and sessions that are offered. */
const LATEST = 50;

/** The user waits for the answer, so a busy database offers nothing. */
const BUSY_TIMEOUT_MS = 300;

/**
 * Values of options and arguments without fixed choices. A name means the same in every command; with two hyphens, only the option
 * is meant.
 */
const VALUES: Readonly<Record<string, (words: readonly string[]) => Candidates | Promise<Candidates>>> = {
  source: () => fromDatabase(sources),
  session: () => fromDatabase(sessions),
  'other-session': () => fromDatabase(sessions),
  server: (words) => [...(words.length === 0 ? MCP_ACTIONS : []), ...fromDatabase(mcpServers)],
  call: ([action]) => (action === 'show' ? fromDatabase(mcpCalls) : []),
  tool: () => fromDatabase(mcpTools),
  model: () => fromDatabase(models),
  project: () => fromDatabase(projects),
  agent: () => fromDatabase(agents),
  id: () => fromDatabase(requests),
  '--subject': () => [],
  subject: () => [...fromDatabase(sessions), ...fromDatabase(requests).filter(({ value }) => value !== 'last')],
  other: () => fromDatabase(requests),
  thread: () => fromDatabase(requests),
  after: () => fromDatabase(requests).filter(({ value }) => value !== 'last'),
  status: () => plain('200', '4xx', '5xx', 'error', ...EXCHANGE_STATES),
  since: () => TIMES,
  until: () => TIMES,
  'older-than': () => plain('7d', '30d', '90d'),
  rating: () => [
    { value: '+', description: 'good' },
    { value: '-', description: 'bad' },
    { value: '0', description: 'neither' },
  ],
  output: () => 'files',
  junit: () => 'files',
  path: () => 'files',
  '--config': () => 'files',
  '--rules': () => 'files',
  file: ([action]) => (action === 'resume' ? pausedMessages() : 'files'),
  tape: () => [{ value: 'api', description: 'a Messages API that answers from a session' }, ...recordings()],
  '--replay': () => recordings(),
  '--replay-api': () => fromDatabase(sessions),
  target: ([tape]) => (tape === 'api' ? fromDatabase(sessions) : []),
  speed: () => plain('1', '2', '10', 'max'),
  tapes: ([action]) => tapes(action),
  '--name': () => tapeFiles(),
  '--rule': () => fromDatabase(appliedRules),
  rule: ([action, file]) => (action === 'test' ? recordings() : rulesIn(file ?? '')),
  otlp: () => plain('http://localhost:4318'),
  host: () => plain('127.0.0.1'),
  key: () => plain(...CONFIG_KEYS),
  value: (words) => settings(words),
};

/** @param name of the argument @param words before it on the command line */
export async function valuesOf(name: string, words: readonly string[]): Promise<Candidates> {
  return (await VALUES[name]?.(words)) ?? [];
}

/** @param name of the option @param words before it on the command line */
export function valuesOfOption(name: string, words: readonly string[]): Promise<Candidates> {
  return valuesOf(`--${name}` in VALUES ? `--${name}` : name, words);
}

export function plain(...values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: '' }));
}

const MCP_ACTIONS = [
  { value: 'show', description: 'one call' },
  { value: 'record', description: 'run a server, and store what passes' },
  { value: 'bridge', description: 'serve a program over HTTP, or a URL on stdin and stdout' },
];

const TIMES = [
  { value: 'today', description: 'midnight' },
  { value: 'yesterday', description: 'midnight before' },
  { value: '1h', description: 'an hour ago' },
  { value: '24h', description: 'a day ago' },
  { value: '7d', description: 'a week ago' },
  { value: '30d', description: 'a month ago' },
];

/** Problems with the database are not reported while the user types. */
function fromDatabase(read: (reader: Reader) => Candidate[]): Candidate[] {
  try {
    return readDatabase(resolvePaths(process.env).database, read, BUSY_TIMEOUT_MS);
  } catch {
    return [];
  }
}

function sources(reader: Reader): Candidate[] {
  return plain(...reader.sourceTimes().map(({ source }) => source));
}

function sessions(reader: Reader): Candidate[] {
  const { rows } = reader.sessions({}, { limit: LATEST });
  const now = new Date();
  return [
    { value: 'last', description: 'the latest session' },
    ...rows.flatMap(({ id, name, lastSeen, cwd }) => {
      const description = `${formatTime(lastSeen, now)}  ${cwd}`;
      return name === null
        ? [{ value: id, description }]
        : [
            { value: name, description },
            { value: id, description: `${name}  ${description}` },
          ];
    }),
  ];
}

function mcpServers(reader: Reader): Candidate[] {
  return reader.mcpServers().map(({ server, target }) => ({ value: server, description: target }));
}

function mcpTools(reader: Reader): Candidate[] {
  return plain(...new Set(reader.mcpTools().map(({ name }) => name)));
}

function mcpCalls(reader: Reader): Candidate[] {
  const now = new Date();
  return [
    { value: 'last', description: 'the newest call' },
    ...reader.mcpCalls({}, { limit: LATEST }).map(({ id, sentAt, server, name }) => ({
      value: id,
      description: `${formatTime(sentAt, now)}  ${server} ${name}`,
    })),
  ];
}

/** What follows a verb of `tape`. */
function tapes(action = ''): Candidates {
  if (action === 'import') return 'files';
  if (action === 'record') return fromDatabase(sessions);
  if (['list', 'search', 'stats', 'cleanup'].includes(action)) return [];
  return [{ value: 'last', description: 'the newest tape' }, ...tapeFiles()];
}

function tapeFiles(): Candidate[] {
  try {
    return plain(...tapeNames(resolvePaths(process.env).tapes));
  } catch {
    // The home folder is not known.
    return [];
  }
}

/** What can be played again. */
function recordings(): Candidate[] {
  return [...tapeFiles(), ...fromDatabase(sessions)];
}

/** Paused messages of all active runs. */
async function pausedMessages(): Promise<Candidate[]> {
  const all = { value: 'all', description: 'all paused messages' };
  try {
    const { connectLiveRuns } = await import('../../runtime/live-runs.js');
    const runs = await connectLiveRuns(resolvePaths(process.env));
    for (const { connection } of runs) connection.end();
    return [
      all,
      ...runs
        .flatMap(({ paused }) => paused)
        .map(({ id, server, method, name }) => ({
          value: id,
          description: [server, method, name].filter((part) => part !== null).join(' '),
        })),
    ];
  } catch {
    return [all];
  }
}

function appliedRules(reader: Reader): Candidate[] {
  return plain(...new Set(reader.ruleFigures().map(({ rule }) => rule)));
}

function models(reader: Reader): Candidate[] {
  return plain(...reader.stats({}, { by: 'model' }).rows.flatMap(({ key }) => key ?? []));
}

function agents(reader: Reader): Candidate[] {
  return plain(...reader.stats({}, { by: 'agent' }).rows.flatMap(({ key }) => key ?? []));
}

function projects(reader: Reader): Candidate[] {
  const { rows } = reader.sessions({}, { limit: LATEST });
  return [{ value: '.', description: 'this folder' }, ...plain(...new Set(rows.map(({ cwd }) => cwd)))];
}

function requests(reader: Reader): Candidate[] {
  const now = new Date();
  return [
    { value: 'last', description: 'the newest request' },
    ...reader.page({}, { limit: LATEST }).map(({ id, timestamp, model, kind, costUsd }) => ({
      value: id,
      description: `${formatTime(timestamp, now)}  ${model ?? kind}  ${formatDollars(costUsd)}`,
    })),
  ];
}

/** The ids in a file, as they are usually written: parsing it takes longer than a user waits. */
function rulesIn(file: string): Candidate[] {
  try {
    const text = readRegularFile(file).toString();
    return plain(...[...text.matchAll(/\bid"?: *"?([A-Za-z0-9._-]+)/g)].map(([, id = '']) => id));
  } catch {
    return [];
  }
}

/** Values of the configuration key before it. */
function settings(words: readonly string[]): Candidate[] {
  const key = words.at(-1) ?? '';
  if (key === 'ui.layout') return plain('auto', 'split', 'tmux', 'none');
  return /enabled$/.test(key) ? plain('true', 'false') : [];
}
