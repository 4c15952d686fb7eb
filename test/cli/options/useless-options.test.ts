import { describe, expect, it } from 'vitest';
import yargs, { type Argv } from 'yargs';
import type { CommandFile } from '../../../src/cli/command-file.js';
import { COMMANDS } from '../../../src/cli/command-table.js';
import * as replay from '../../../src/cli/commands/replay.js';
import * as rules from '../../../src/cli/commands/rules.js';
import * as tape from '../../../src/cli/commands/tape.js';
import { describedBy } from '../../../src/cli/options/described-options.js';
import { givenBy } from '../../../src/cli/tape/options.js';

async function parsed<Described>(name: string, { options }: CommandFile<Described>, words: readonly string[]) {
  const usage = COMMANDS.find((command) => command.name === name)?.usage ?? '';
  let given: Parameters<CommandFile<Described>['run']>[0] | null = null;
  const cli: Argv = yargs([name, ...words]).parserConfiguration({ 'duplicate-arguments-array': false });
  cli.command(usage, '', options, (args) => {
    given = args;
  });
  await cli.strict().parseAsync();
  if (given === null) throw new Error(`not parsed: ${words.join(' ')}`);
  return given as Parameters<CommandFile<Described>['run']>[0];
}

async function optionsOf(name: string): Promise<string[]> {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return describedBy(await command.load()).options.map((option) => option.name);
}

describe('tape', () => {
  const FILTERS = {
    server: 'a',
    tool: 'a',
    name: 'a',
    tag: 'a',
    session: 'a',
    since: '1h',
    until: '1h',
    'min-duration': '1s',
    'max-duration': '1s',
    'min-size': '1kb',
    'max-size': '1kb',
  };
  const PAGE = { limit: '1', offset: '1' };
  /** Words of each verb, and the options that it uses, each with a value, or null if it takes none. */
  const VERBS: Record<string, { words: string[]; uses: Record<string, string | null> }> = {
    list: { words: [], uses: { ...FILTERS, ...PAGE } },
    show: { words: ['a'], uses: { ...PAGE, frame: '0' } },
    record: { words: ['a'], uses: { server: 'a', gzip: null } },
    export: { words: ['a'], uses: { format: 'tape', output: 'a', force: null } },
    import: { words: ['a'], uses: { gzip: null } },
    validate: { words: ['a', 'b'], uses: { fix: null } },
    compress: { words: ['a', 'b'], uses: {} },
    tag: { words: ['a', 'b'], uses: { remove: null } },
    search: { words: ['a'], uses: { ...FILTERS, ...PAGE } },
    stats: { words: [], uses: { ...FILTERS } },
    delete: { words: ['a'], uses: { yes: null } },
    cleanup: { words: ['--older-than', '1d'], uses: { ...FILTERS, 'older-than': '1d', yes: null } },
  };
  const all: Record<string, string | null> = { json: null };
  for (const { uses } of Object.values(VERBS)) Object.assign(all, uses);

  it('has a value to try for each option', async () => {
    expect(Object.keys(all).sort()).toEqual((await optionsOf('tape')).sort());
  });

  it.each(Object.entries(VERBS))('%s refuses each option that it would ignore', async (verb, { words, uses }) => {
    const args = await parsed('tape', tape, [verb, ...words]);
    for (const [option, text] of Object.entries(all)) {
      const value = text === null ? true : option === 'tag' ? [text] : /^\d+$/.test(text) ? Number(text) : text;
      const given = () =>
        givenBy({ ...args, [option]: value, [option.replace(/-(.)/, (_, to) => to.toUpperCase())]: value });
      if (option === 'json' || option in uses) expect(given()).toMatchObject({ args: { action: verb } });
      else
        expect(given, `${verb} --${option}`).toThrow(
          new RegExp(`^--${option} is for tape .* not for tape ${verb}: .*leave it out\\.$`),
        );
    }
  });

  it.each([
    [
      'show a --server b',
      '--server is for tape list, tape search, tape stats, tape cleanup and tape record, not for tape show: its tapes are given by name, so leave it out.',
    ],
    [
      'delete a --since 7d',
      '--since is for tape list, tape search, tape stats and tape cleanup, not for tape delete: its tapes are given by name, so leave it out.',
    ],
    ['list --fix', '--fix is for tape validate, not for tape list: leave it out.'],
    ['show a --frame 1 --limit 5', '--frame shows one message: leave --limit out.'],
  ])('%s', async (line, message) => {
    const args = await parsed('tape', tape, line.split(' '));
    expect(() => givenBy(args)).toThrow(message);
  });
});

describe('replay', () => {
  const VALUES: Record<string, string | null> = {
    server: 'a',
    http: '0',
    port: '0',
    speed: '1',
    step: null,
    json: null,
    ignore: '$',
    header: 'a: b',
    timeout: '1',
    junit: 'a',
  };
  /** A use of the command, and the options that it ignores. */
  const USES: [line: string, ignored: string[]][] = [
    ['a --http 0', ['port', 'ignore', 'header', 'timeout', 'junit']],
    ['a --json', ['port', 'ignore', 'header', 'timeout', 'junit', 'http', 'speed', 'step']],
    ['a http://127.0.0.1 --as client', ['port', 'http', 'speed', 'step']],
    ['api a', ['http', 'server', 'step', 'json', 'ignore', 'header', 'timeout', 'junit']],
  ];

  it('has a value to try for each option', async () => {
    expect(['as', ...Object.keys(VALUES)].sort()).toEqual((await optionsOf('replay')).sort());
  });

  it.each(USES)('%s refuses each option that it would ignore', async (line, ignored) => {
    for (const option of ignored) {
      const value = VALUES[option] ?? null;
      const words = [...line.split(' '), `--${option}`, ...(value === null ? [] : [value])];
      const args = await parsed('replay', replay, words);
      await expect(replay.run(args, []), words.join(' ')).rejects.toThrow(
        new RegExp(`^--${option} is for .*: (?:leave it out|give --port)\\.$`),
      );
    }
  });
});

describe('rules', () => {
  const FILE = 'no such folder/rules.yaml';
  const EDIT = ['dry-run', 'yes', 'json', 'yaml'];
  const PRINT = ['json', 'yaml'];
  /** Words of each action, and the options that it uses. */
  const ACTIONS: Record<string, { words: string[]; uses: string[] }> = {
    list: { words: [FILE], uses: PRINT },
    show: { words: [FILE, 'a'], uses: PRINT },
    check: { words: [FILE], uses: ['strict', 'gateway', ...PRINT] },
    test: { words: [FILE, 'a'], uses: ['fail-on', 'limit', ...PRINT] },
    add: { words: [FILE, '[]'], uses: EDIT },
    remove: { words: [FILE, 'a'], uses: EDIT },
    enable: { words: [FILE, 'a'], uses: EDIT },
    disable: { words: [FILE, 'a'], uses: EDIT },
    import: { words: [FILE], uses: PRINT },
    schema: { words: [], uses: ['json'] },
    status: { words: [], uses: PRINT },
    resume: { words: ['all'], uses: [] },
  };
  const VALUES: Record<string, string[]> = { 'fail-on': ['none'], limit: ['1'] };
  const all = [...new Set(Object.values(ACTIONS).flatMap(({ uses }) => uses))];

  const outcome = async (words: readonly string[]): Promise<string> => {
    const args = await parsed('rules', rules, words);
    return rules.run(args).then(
      () => 'done',
      (error: Error) => error.message,
    );
  };

  it('has an action for each option', async () => {
    expect(all.sort()).toEqual((await optionsOf('rules')).sort());
  });

  it.each(Object.entries(ACTIONS))('%s refuses each option that it would ignore', async (action, { words, uses }) => {
    for (const option of all) {
      const line = [action, ...words, `--${option}`, ...(VALUES[option] ?? [])];
      if (!uses.includes(option)) {
        expect(await outcome(line), line.join(' ')).toMatch(
          new RegExp(`^--${option} is for rules .* not for rules ${action}: leave it out\\.$`),
        );
      } else if (words.includes(FILE))
        expect(await outcome(line), line.join(' ')).toMatch(/does not exist|Expected a rule/);
    }
  });

  it.each([
    ['check a.yaml b.yaml', 'b.yaml'],
    ['list a.yaml b', 'b'],
    ['import a.json b', 'b'],
    ['schema a.yaml', 'a.yaml'],
    ['status a.yaml', 'a.yaml'],
    ['resume all b', 'b'],
  ])('%s is refused', async (line, word) => {
    expect(await outcome(line.split(' '))).toBe(
      `claude-trace rules ${line.split(' ')[0]} has no use for "${word}": leave it out.`,
    );
  });
});
