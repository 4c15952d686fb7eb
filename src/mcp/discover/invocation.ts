import { basename } from 'node:path';

/** The command line of Claude Code, as far as it decides which MCP servers there are. */
export interface Invocation {
  /** False for `claude mcp`, `claude update`, `claude --version` … */
  isSession: boolean;
  /** Values of `--mcp-config`: files, or JSON. */
  mcpConfigs: readonly string[];
  isStrict: boolean;
  pluginFolders: readonly string[];
  /** Plugins of `--plugin-url`, and archives: they are not read. */
  hasUnreadPlugins: boolean;
  /** Values of `--agents`: JSON, or a file. */
  agents: readonly string[];
  /** `--bare`, `--restricted`: only servers of `--mcp-config` start. */
  isReduced: boolean;
  /** `--safe-mode`: no server starts. */
  isSafe: boolean;
}

/** Commands of 2.0.30 to 2.1.332, and old ones, that start no session in this process. */
const SUBCOMMANDS: ReadonlySet<string> = new Set(
  (
    'agents attach auth auto-mode config daemon doctor gateway install kill login logout logs mcp migrate-installer plugin plugins ' +
    'project ps rc remote-control respawn rm self-hosted-runner server setup-token stop ultrareview update upgrade'
  ).split(' '),
);

/** They end at once, or the session runs elsewhere. */
const NO_SESSION: ReadonlySet<string> = new Set([
  ...['-h', '--help', '-v', '--version', '--bg', '--background', '--cloud', '--remote', '--desktop'],
  // The session runs in a tmux of its own, with that server's environment.
  '--tmux',
]);

/** Options that are followed by one value, so that the value is not taken for a command. */
const ONE_VALUE: ReadonlySet<string> = new Set(
  (
    '--agent --agents --append-system-prompt --append-system-prompt-file --autocompact --debug-file --effort --environment ' +
    '--fallback-model --input-format --json-schema --max-budget-usd --max-thinking-tokens --max-turns --mcp-config --model -n --name ' +
    '--output-format --permission-mode --permission-prompt-tool --permission-prompts --plugin-dir --plugin-url ' +
    '--remote-control-session-name-prefix --session-id --setting-sources --settings --system-prompt --system-prompt-file'
  ).split(' '),
);

/** Options that are followed by any number of values. */
const MANY_VALUES: ReadonlySet<string> = new Set([
  ...['--add-dir', '--allowedTools', '--allowed-tools', '--betas', '--disallowedTools', '--disallowed-tools', '--file'],
  ...['--mcp-config', '--tools'],
]);

/**
 * Reads the command line that `wrap` runs.
 * @returns null if the command is not Claude Code by its name, or by that of its package: it may still start Claude Code
 */
export function readInvocation(command: readonly string[]): Invocation | null {
  const args = claudeArguments(command);
  return args === null ? null : readArguments(args);
}

/**
 * Adds an option to the command line of Claude Code: at its end, or before a `--`, after which options are text.
 * @param option one word that takes no further words: `--name=value`
 */
export function withClaudeOption(command: readonly string[], option: string): string[] {
  const args = claudeArguments(command) ?? [];
  const end = args.indexOf('--');
  const at = command.length - (end === -1 ? 0 : args.length - end);
  return [...command.slice(0, at), option, ...command.slice(at)];
}

/**
 * The command line of Claude Code with this file in place of other values of `--settings`; of another command, itself. The value
 * is a word of its own: 2.0.30 ignores `--settings=…`.
 */
export function withClaudeSettings(command: readonly string[], file: string): readonly string[] {
  const args = claudeArguments(command);
  if (args === null) return command;
  const end = args.indexOf('--');
  const others = args.filter((word, index) => {
    if (end !== -1 && index >= end) return true;
    return !/^--settings(?:=|$)/.test(word) && args[index - 1] !== '--settings';
  });
  return [...command.slice(0, command.length - args.length), '--settings', file, ...others];
}

const PACKAGE = /(?:^|[\\/])@anthropic-ai[\\/]claude-code(?:@[\w.-]+)?(?:[\\/]|$)/;

/** `claude …`, `npx @anthropic-ai/claude-code …` and `node …/claude-code/cli.js …`. */
function claudeArguments([file = '', ...args]: readonly string[]): readonly string[] | null {
  if (isClaude(file)) return args;
  const runner = /^(?:node|bun|npx|bunx|pnpx)(?:\.exe|\.cmd)?$/i.test(basename(file));
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  return runner && isClaude(args[at] ?? '') ? args.slice(at + 1) : null;
}

/** By its name, or as the program of its package (`cli.js` up to 2.1.x, then native). */
function isClaude(word: string): boolean {
  return /^claude(?:\.exe|\.cmd)?$/i.test(word.split(/[\\/]/).at(-1) ?? '') || PACKAGE.test(word);
}

function readArguments(args: readonly string[]): Invocation {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  // Some options have an optional value, and new versions add options, so every word may be the command.
  let hasCommand = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') break;
    if (!arg.startsWith('-') || arg === '-') {
      hasCommand ||= SUBCOMMANDS.has(arg);
      continue;
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const name = equals === -1 ? arg : arg.slice(0, equals);
    flags.add(name);
    const found = values.get(name) ?? [];
    values.set(name, found);
    if (equals !== -1) found.push(arg.slice(equals + 1));
    else if (ONE_VALUE.has(name)) found.push(args[++at] ?? '');
    // The first value may begin with a dash, as that of an option with one value may.
    if (MANY_VALUES.has(name)) while (isValue(args[at + 1])) found.push(args[++at] ?? '');
  }
  const plugins = values.get('--plugin-dir') ?? [];
  return {
    isSession: !hasCommand && ![...NO_SESSION].some((flag) => flags.has(flag)),
    mcpConfigs: values.get('--mcp-config') ?? [],
    isStrict: flags.has('--strict-mcp-config'),
    pluginFolders: plugins.filter((plugin) => !isArchive(plugin)),
    hasUnreadPlugins: values.has('--plugin-url') || plugins.some(isArchive),
    agents: values.get('--agents') ?? [],
    isReduced: flags.has('--bare') || flags.has('--restricted'),
    isSafe: flags.has('--safe-mode'),
  };
}

function isArchive(plugin: string): boolean {
  return plugin.toLowerCase().endsWith('.zip');
}

function isValue(arg: string | undefined): boolean {
  return arg !== undefined && !arg.startsWith('-');
}
