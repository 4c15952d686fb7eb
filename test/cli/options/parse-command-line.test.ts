import { expect, it } from 'vitest';
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
