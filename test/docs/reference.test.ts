import { beforeAll, describe, expect, it } from 'vitest';
import { newSandbox, type Sandbox } from '../support/product.js';
import { firstCells, PAGES, readPage, sectionsOf } from './support/pages.js';

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;
/** Options of each command, as its help lists them. */
const options = new Map<string, string[]>();

const COMMON = ['--help', '--version'];
const commandsPage = sectionsOf(await readPage('docs/commands.md'));

beforeAll(async () => {
  sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
  const overview = await help();
  const commands = [...overview.matchAll(/^ {2}claude-trace ([\w-]+) {2,}/gm)].map(([, name = '']) => name);
  for (const command of commands) options.set(command, optionsIn(await help(command)));
  return async () => {
    for (const cleanup of cleanups) await cleanup();
  };
});

async function help(...command: string[]): Promise<string> {
  return (await sandbox.run(['help', ...command])).stdout.toString();
}

function optionsIn(text: string): string[] {
  return [...text.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option).toSorted();
}

/** `--no-rated` belongs to `--rated`. */
const documented = (text: string) =>
  firstCells(text)
    .flatMap((cell) => cell.match(/--[a-z][a-z-]*/g) ?? [])
    .filter((option) => !option.startsWith('--no-'));

describe('docs/commands.md', () => {
  it('documents every option of every command', () => {
    const filters = documented(textOf('Filters'));
    for (const [command, all] of options) {
      const text = textOf(command);
      const shared = text.includes('](#filters)') ? filters : [];
      // An option may be documented in a sentence instead of a table.
      const missing = all.filter(
        (option) => ![...COMMON, ...shared].includes(option) && !text.includes(`\`${option}\``),
      );
      expect({ command, missing }).toEqual({ command, missing: [] });
    }
  });

  it('documents no option that a command does not have', () => {
    for (const [command, all] of options) {
      const extra = documented(textOf(command)).filter((option) => !all.includes(option));
      expect({ command, extra }).toEqual({ command, extra: [] });
    }
  });

  function textOf(heading: string): string {
    return commandsPage.find((section) => section.heading === heading)?.text ?? '';
  }
});

describe('docs/configuration.md', () => {
  it('has every key with its default', async () => {
    const { stdout } = await sandbox.run(['config', 'list', '--json']);
    const listed: Record<string, unknown> = JSON.parse(stdout.toString());
    const rows = (await readPage('docs/configuration.md')).matchAll(/^\| `([\w.]+)` \| `(.*?)` \|/gm);
    const shown = Object.fromEntries([...rows].map(([, key = '', value = '']) => [key, JSON.parse(value)]));
    expect(shown).toEqual(listed);
  });
});

describe.each(PAGES.filter((page) => page !== 'CHANGELOG.md'))('%s', (page) => {
  it('names only commands and options that exist', async () => {
    const unknown = invocationsIn(await readPage(page)).filter(([command, ...used]) => {
      const known = options.get(command);
      return known === undefined || used.some((option) => ![...COMMON, ...known].includes(option));
    });
    expect(unknown).toEqual([]);
  });
});

/** Each `claude-trace <command> --option …` in code: the command, then its options. */
function invocationsIn(text: string): [command: string, ...options: string[]][] {
  const code = [...text.matchAll(/^```\w*\n([^`]*)^```/gm), ...text.matchAll(/`([^`\n]+)`/g)].map(
    ([, inside = '']) => inside,
  );
  return code.flatMap((inside) =>
    [...inside.matchAll(/claude-trace ([a-z][a-z-]*)\b([^\n|#)]*)/g)]
      .filter(([, command]) => command !== 'help')
      .map(([, command = '', rest = '']): [string, ...string[]] => {
        const [own = ''] = rest.split(' -- ');
        return [command, ...(own.match(/(?<=\s)--[a-z-]+/g) ?? []).map((option) => option.replace('--no-', '--'))];
      }),
  );
}
