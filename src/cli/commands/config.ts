import type { Argv } from 'yargs';
import { loadToken } from '../../api/access/token.js';
import { announcedServers } from '../../api/announcement.js';
import { UsageError, UserError } from '../../base/errors.js';
import { similarNames } from '../../base/similar-names.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { loadConfig } from '../../settings/config-file.js';
import { CONFIG_KEYS, type ConfigKey, checkValue, describeKey } from '../../settings/config-schema.js';
import { resolvePaths } from '../../settings/paths.js';
import { readRaw, writeRaw } from '../../settings/raw-config.js';
import { writeOut } from '../../text/output/stdout.js';
import { renderTable } from '../../text/table.js';
import type { OptionsOf } from '../command-file.js';
import { jsonOption } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace config [list|get|set|unset|path|token|url] [key] [value]\n\nPrints or changes the configuration.',
      )
      .positional('action', {
        describe: 'what to do; token and url print the token and the address of the HTTP API',
        choices: ['list', 'get', 'set', 'unset', 'path', 'token', 'url'] as const,
        default: 'list' as const,
      })
      .positional('key', { type: 'string', describe: 'a key from `config list`' })
      .positional('value', { type: 'string', describe: 'JSON, or plain text' }),
  )
    .example('claude-trace config set ui.layout none', 'no panel')
    .example('claude-trace config set retention_days 90', 'keep requests for 90 days')
    .example('claude-trace config set budget.day 5', 'a notice when $4 and $5 are spent in a day')
    .example('claude-trace config get prices', 'one value');
}

type Args = OptionsOf<typeof options>;

export async function run({ action, key, value, json }: Args): Promise<void> {
  refuseIgnored(action, key, value);
  const { configFile: file, apiToken, database } = resolvePaths(process.env);
  switch (action) {
    case 'token':
      return writeOut(`${loadToken(apiToken)}\n`);
    case 'url':
      return writeOut(`${newestServer(database)}\n`);
    case 'path':
      return writeOut(`${file}\n`);
    case 'get':
      return writeOut(`${JSON.stringify((await loadConfig(file))[knownKey(key)])}\n`);
    case 'set': {
      if (value === undefined)
        throw new UsageError('Give a key and a value, such as: claude-trace config set ui.layout none');
      return set(file, knownKey(key), parseValue(value));
    }
    case 'unset':
      return unset(file, key);
    default:
      return list(file, json);
  }
}

/** The address of the server that was started last. @throws UserError */
function newestServer(database: string): string {
  const [newest] = announcedServers(database).sort((a, b) => b.started_at.localeCompare(a.started_at));
  if (newest === undefined) throw new UserError('No HTTP API runs; start one with: claude-trace serve');
  return newest.url;
}

function refuseIgnored(action: Args['action'], key: string | undefined, value: string | undefined): void {
  const ignored = ['list', 'path', 'token', 'url'].includes(action) ? key : action === 'set' ? undefined : value;
  if (ignored === undefined) return;
  throw new UsageError(`Unknown argument "${ignored}". claude-trace help config lists what config takes.`);
}

/** An invalid value never reaches the file. Problems with other keys do not matter: they are corrected one by one. */
async function set(file: string, key: ConfigKey, value: unknown): Promise<void> {
  const raw = await readRaw(file);
  const { rules } = checkValue(key, value);
  await configuredRules({ rules }, 'rules');
  writeRaw(file, { ...raw, [key]: value });
}

/** Also removes a key that only the file knows. */
async function unset(file: string, key: string | undefined): Promise<void> {
  const raw = await readRaw(file);
  if (key === undefined || !Object.hasOwn(raw, key)) return void knownKey(key);
  const { [key]: _removed, ...rest } = raw;
  writeRaw(file, rest);
}

async function list(file: string, json: boolean): Promise<void> {
  const config = await loadConfig(file);
  if (json) return printJson(config);
  const inFile = await readRaw(file);
  const lines = renderTable(
    [
      { heading: 'KEY', cell: (key: ConfigKey) => key },
      { heading: 'VALUE', cell: (key) => JSON.stringify(config[key]) },
      { heading: 'FROM', cell: (key) => (Object.hasOwn(inFile, key) ? 'file' : 'default') },
      { heading: 'MEANING', grow: true, cell: describeKey },
    ],
    CONFIG_KEYS,
    outputWidth(),
  );
  return printLines(lines);
}

function knownKey(key: string | undefined): ConfigKey {
  const known = CONFIG_KEYS.find((each) => each === key);
  if (known) return known;
  const [similar] = similarNames(key ?? '', CONFIG_KEYS);
  const what = key === undefined ? 'Which key?' : `Unknown key "${key}".`;
  const keys = similar === undefined ? `Known keys: ${CONFIG_KEYS.join(', ')}.` : `Did you mean ${similar}?`;
  throw new UsageError(`${what} ${keys}`);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
