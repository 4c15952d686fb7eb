import { expect, it, onTestFinished, vi } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { parseCommandLine } from '../../../src/cli/options/parse-command-line.js';

it.each([
  ['stats --no-project', 'There is no --no-project: leave out --project instead.'],
  ['query --no-min-cost', 'There is no --no-min-cost: leave out --min-cost instead.'],
  ['query --no-minCost=1', 'There is no --no-minCost: leave out --min-cost instead.'],
  ['query --limit', '--limit needs a value. See claude-trace help query.'],
  ['query --minCost --json', '--min-cost needs a value. See claude-trace help query.'],
  ['wrap --rules -- true', '--rules needs a value. See claude-trace help wrap.'],
  ['stats --project.name x', 'Unknown option --project.name.'],
])('%s is refused', async (line, message) => {
  const parsed = parseCommandLine(line.split(' '));
  await expect(parsed).rejects.toThrow(UsageError);
  await expect(parsed).rejects.toThrow(message);
});

it.each(['rate last --comment -', 'query --limit -1', 'query --text='])('%s has a value', async (line) => {
  await expect(parseCommandLine(line.split(' '))).resolves.toBeTypeOf('function');
});

it('switches off only what can be switched off', async () => {
  await expect(parseCommandLine(['wrap', '--no-mcp', '--', 'true', '--no-project'])).resolves.toBeTypeOf('function');
});

it.each([
  ['mcp', 'record'],
  ['mcp', 'record', '--help'],
  ['help', 'mcp', 'record'],
])('%s %s has options of its own', async (...words) => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  onTestFinished(() => void vi.restoreAllMocks());
  const run = await parseCommandLine(words);
  if (!words.some((word) => word.includes('help'))) await expect(run()).rejects.toThrow(/after --/);
  else expect(lines.join('\n')).toMatch(/^claude-trace mcp record.*--name.*--rules/s);
  expect(lines.join('\n')).not.toMatch(/--calls|--limit|Positionals/);
});
