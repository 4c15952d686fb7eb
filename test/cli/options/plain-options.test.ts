import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { options } from '../../../src/cli/commands/wrap.js';
import { readPlainOptions } from '../../../src/cli/options/plain-options.js';

function byYargs(words: readonly string[]): object {
  const { _, $0, ...given } = options(
    yargs([...words]).parserConfiguration({ 'duplicate-arguments-array': false }),
  ).parseSync();
  return given;
}

describe('readPlainOptions', () => {
  it.each([
    [],
    ['--quiet'],
    ['--layout', 'none'],
    ['--layout=split', '--live'],
    ['--mcp', '--trust-env', '--layout', 'tmux'],
    ['--layout', 'none', '--quiet', '--layout', 'auto', '--quiet'],
  ])('reads %j as yargs does', (...words) => {
    const { _, $0, ...given } = readPlainOptions(words, options) ?? { _: [], $0: '' };
    expect(given).toEqual(byYargs(words));
  });

  it.each([
    ['--help'],
    ['--layout'],
    ['--layout', 'wide'],
    ['--no-mcp'],
    ['--quiet=false'],
    ['--quiet', 'false'],
    ['--rules', 'rules.yaml'],
    ['--replay-api'],
    ['-q'],
    ['claude'],
    ['--unknown'],
  ])('leaves %j to yargs', (...words) => {
    expect(readPlainOptions(words, options)).toBeNull();
  });
});
