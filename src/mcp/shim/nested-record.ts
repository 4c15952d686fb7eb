import type { WrittenCommand } from './launch.js';

/**
 * The server's own command if an entry starts it by `claude-trace mcp record`: otherwise, its messages would be recorded twice.
 * Any other command is returned as it is.
 * @param main path of our program, which an entry may start with `node`
 */
export function withoutNestedRecord(command: WrittenCommand, main: string): WrittenCommand {
  const { options, own } = readRecord([command.file, ...command.args], main) ?? { options: [], own: [] };
  const [file, ...args] = own;
  return isNameOption(options) && file !== undefined ? { ...command, file, args } : command;
}

/**
 * Whether a command is `claude-trace mcp record --rules <file> -- …`. Such a server must keep its rules, so it records itself.
 * @param main path of our program, which an entry may start with `node`
 */
export function recordsWithRules(words: readonly string[], main: string): boolean {
  return readRecord(words, main)?.options.some((word) => /^--rules(?:=|$)/.test(word)) ?? false;
}

/** The options of `claude-trace mcp record`, and the server's own command; null for another command. */
function readRecord(words: readonly string[], main: string): { options: string[]; own: string[] } | null {
  const at = words.findIndex((word, index) => word === 'mcp' && words[index + 1] === 'record');
  const isOurs = words.slice(0, Math.max(0, at)).some((word) => word === main || OUR_NAME.test(word));
  const end = words.indexOf('--', at);
  return isOurs && end !== -1 ? { options: words.slice(at + 2, end), own: words.slice(end + 1) } : null;
}

/** As a program, or as a package of `npx`. */
const OUR_NAME = /(?:^|[\\/])claude-trace(?:@[^\\/]+)?(?:\.cmd)?$/;

/** Nothing, or `--name`, which only names the record. */
function isNameOption([option, ...values]: readonly string[]): boolean {
  if (option === '--name') return values.length === 1;
  return values.length === 0 && (option === undefined || option.startsWith('--name='));
}
