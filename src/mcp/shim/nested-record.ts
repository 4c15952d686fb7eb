import type { WrittenCommand } from './launch.js';

/**
 * The server's own command where an entry starts it by `claude-trace mcp record`: what is recorded by the run would be recorded twice.
 * Any other command is returned as it is.
 * @param main path of our program, which an entry may start with `node`
 */
export function withoutNestedRecord(command: WrittenCommand, main: string): WrittenCommand {
  const words = [command.file, ...command.args];
  const at = words.findIndex((word, index) => word === 'mcp' && words[index + 1] === 'record');
  const isOurs = words.slice(0, Math.max(0, at)).some((word) => word === main || OUR_NAME.test(word));
  if (!isOurs) return command;
  const end = words.indexOf('--', at);
  const [file, ...args] = end === -1 ? [] : words.slice(end + 1);
  return isNameOption(words.slice(at + 2, end)) && file !== undefined ? { ...command, file, args } : command;
}

/** As a program, or as a package of `npx`. */
const OUR_NAME = /(?:^|[\\/])claude-trace(?:@[^\\/]+)?(?:\.cmd)?$/;

/** Nothing, or `--name`, which only names the record. */
function isNameOption([option, ...values]: readonly string[]): boolean {
  if (option === '--name') return values.length === 1;
  return values.length === 0 && (option === undefined || option.startsWith('--name='));
}
