import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { UserError } from '../../../src/base/errors.js';
import { COMMANDS } from '../../../src/cli/command-table.js';
import { type DescribedOptions, describedBy } from '../../../src/cli/options/described-options.js';
import { parseCommandLine } from '../../../src/cli/options/parse-command-line.js';
import { StoreError } from '../../../src/store/index.js';
import { explainError } from '../../../src/text/store-error.js';
import { wholeHistory } from '../../store/support/whole-history.js';
import { fuzzTarget } from '../target.js';
import { inFolder } from './support/in-folder.js';

/** These only read the store, and print. For the others, the command line is only parsed. */
const READING = new Set(['query', 'show', 'context', 'diff', 'stats', 'sessions', 'compare', 'export']);
/** Options with which they write files, or run until they are stopped. */
const LASTING = /^--?(follow|output|o|apply|rename|name|watch)/;

const described = new Map<string, DescribedOptions>();
for (const { name, load } of COMMANDS) described.set(name, describedBy(await load()));

const VALUES = [
  ...[
    '',
    '-',
    '--',
    '0',
    '1',
    '-1',
    '1e999',
    '0.5',
    '99999999999999999999',
    'NaN',
    'last',
    'last:2',
    'all',
    'none',
    'json',
    'csv',
    '=',
    '*',
  ],
  ...[
    'today',
    'yesterday',
    '7d',
    '-7d',
    '2026-02-30',
    '2026-01-31T25:00',
    '2026-11-30..',
    '..',
    'mcp:*',
    'mcp:serena',
    'user',
    'req_0',
    'req_',
  ],
  ...[
    'f0b1c2d3',
    'f0b1c2d3-0000-4000-8000-000000000001',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\ud800',
    '\u001b[31m',
    '"',
    "'",
    '%',
    '\\',
    ' ',
  ],
  ...[
    'sessions',
    'rename',
    'name',
    'list',
    '400',
    '4xx',
    '$0.01',
    '1h',
    '1kB',
    '9999999999999kB',
    '2026',
    '[',
    '(',
    'a"b',
    'OR',
    'NEAR(',
    'NOT',
    '^',
    '-x',
  ],
];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...VALUES) },
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const commandLine = fc.constantFrom(...described).chain(([name, { options, positionals }]) => {
  const choices = [...options, ...positionals].flatMap(({ choices: each }) => each);
  const word = choices.length === 0 ? value : fc.oneof(value, fc.constantFrom(...choices));
  const option = fc
    .tuple(
      fc.constantFrom(...options.map((each) => each.name), 'help', 'zoft', 'no-color'),
      fc.constantFrom('', '=', ' ', 'no-', '.x='),
      word,
    )
    .map(([text, form, given]) => {
      if (form === 'no-') return [`--no-${text}`];
      if (form === '.x=') return [`--${text}.x=${given}`];
      return form === ' ' ? [`--${text}`, given] : [form === '' ? `--${text}` : `--${text}=${given}`];
    });
  const words = fc
    .array(
      fc.oneof(
        option,
        word.map((each) => [each]),
      ),
      { maxLength: 5 },
    )
    .map((parts) => [name, ...parts.flat()]);
  return fc.oneof({ weight: 20, arbitrary: words }, fc.array(value, { maxLength: 3 }));
});

/** Runs something whose output and exit code are not those of the process. */
async function quietly(run: () => Promise<void>): Promise<string> {
  const { write } = process.stdout;
  const { log, error } = console;
  const { exitCode } = process;
  let out = '';
  process.stdout.write = ((text: string | Uint8Array, ...rest: unknown[]) => {
    out += typeof text === 'string' ? text : Buffer.from(text).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  }) as typeof write;
  const keep = (...texts: unknown[]) => {
    out += `${texts.join(' ')}\n`;
  };
  Object.assign(console, { log: keep, error: keep });
  try {
    await run();
    return out;
  } finally {
    process.stdout.write = write;
    Object.assign(console, { log, error });
    process.exitCode = exitCode;
  }
}

/** Made once. */
const history = inFolder((folder) => readFileSync(wholeHistory(2, join(folder, 'trace.db')).file));

/** Runs something with a home, configuration and data of its own. */
async function atHome(hasHistory: boolean, run: () => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const data = join(folder, 'data');
    mkdirSync(data);
    if (hasHistory) writeFileSync(join(data, 'trace.db'), await history);
    const own = { HOME: folder, CLAUDE_TRACE_DATA_DIR: data, CLAUDE_TRACE_CONFIG: join(folder, 'config.json') };
    const before = Object.keys(own).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, own);
    try {
      await run();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
}

const input = fc.record({ words: commandLine, hasHistory: fc.boolean() });

export const commandLines = fuzzTarget('arguments', 40, input, async ({ words, hasHistory }) => {
  await atHome(hasHistory, async () => {
    let failure: unknown = null;
    const out = await quietly(async () => {
      try {
        const run = await parseCommandLine(words);
        if (READING.has(words[0] ?? '') && !words.some((word) => LASTING.test(word))) await run();
      } catch (error) {
        failure = error;
      }
    });
    // CSV has CRLF.
    const lines = out.replaceAll('\r\n', '\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finds characters that a terminal would obey
    if (!words.includes('json')) assert.doesNotMatch(lines, /[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/);
    if (failure === null) return;
    if (!(failure instanceof UserError || failure instanceof StoreError)) throw failure;
    const message = explainError(failure);
    assert.ok(message !== '' && message.length < 1_500, message);
  });
});
