/** Settings on the command line of Claude Code. */
export interface SettingsOptions {
  /** Value of `--settings`: a file or JSON; null without one. The last of several counts (2.1.332). */
  settings: string | null;
  /** Which of the scopes user, project and local are read; null: all. */
  sources: readonly string[] | null;
}

/**
 * Finds `--settings` and `--setting-sources`, with the value as the next argument or behind `=`.
 * @param command the whole command line, with any words before Claude Code's own arguments
 */
export function readSettingsOptions(command: readonly string[]): SettingsOptions {
  const end = command.indexOf('--');
  const args = end === -1 ? command : command.slice(0, end);
  const sources = optionValue(args, '--setting-sources');
  return {
    settings: optionValue(args, '--settings'),
    sources: sources?.split(',').map((source) => source.trim()) ?? null,
  };
}

function optionValue(args: readonly string[], option: string): string | null {
  const at = args.findLastIndex((arg) => arg === option || arg.startsWith(`${option}=`));
  const arg = args[at];
  if (arg === undefined) return null;
  return arg === option ? (args[at + 1] ?? null) : arg.slice(option.length + 1);
}
