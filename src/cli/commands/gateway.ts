import type { Argv } from 'yargs';
import type { OptionsOf } from '../command-file.js';
import { jsonOption, MAX_ROWS, wholeNumber } from '../options/shared-options.js';
import { refuseUseless, type UsedBy } from '../options/useless-options.js';

const ACTIONS = ['check', 'schema', 'audit', 'top', 'key'] as const;

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace gateway [action] --config <file>\n\n' +
          'The MCP gateway: many MCP servers behind one address. Without an action, it runs until Ctrl-C or SIGTERM; SIGHUP makes it read its ' +
          'configuration again. `check` names every mistake in the configuration with its place, `schema` prints the JSON schema for editors. ' +
          '`audit` shows the audit log, which the configuration names. `top` shows routes, upstreams and tools of a running gateway, live. ' +
          '`key` makes an API key, and the hash of it for the configuration.',
      )
      .positional('action', { describe: 'what to do; default: run', choices: ACTIONS })
      .option('config', { type: 'string', default: 'gateway.yaml', describe: 'the configuration' })
      .option('type', { type: 'string', describe: 'audit: kinds of events, such as auth,limit' })
      .option('subject', { type: 'string', describe: 'audit: of this client; * matches any text' })
      .option('route', { type: 'string', describe: 'audit: of this route; * matches any text' })
      .option('outcome', { type: 'string', describe: 'audit: with this outcome, such as refused; * matches any text' })
      .option('since', { type: 'string', describe: 'audit: from this time: ISO 8601, 2h, 7d, today, yesterday' })
      .option('until', { type: 'string', describe: 'audit: before this time' })
      .option('limit', { type: 'number', describe: 'audit: maximum number of events, the newest ones; default: 50' })
      .option('url', { type: 'string', describe: 'top: where the gateway is; default: as in the configuration' })
      .option('follow', { type: 'boolean', default: false, describe: 'audit: show events as they are written' }),
  )
    .example('claude-trace gateway --config gateway.yaml', 'run it')
    .example('claude-trace gateway check --config gateway.yaml', 'in a CI job, or before a reload')
    .example('claude-trace gateway top', 'what it does now')
    .example('claude-trace gateway audit --type auth --outcome refused --since 1h', 'who was refused');
}

const OF_AUDIT = ['type', 'subject', 'route', 'outcome', 'since', 'until', 'limit', 'follow'];
const USED_BY: UsedBy<(typeof ACTIONS)[number] | 'run'> = {
  ...Object.fromEntries(OF_AUDIT.map((option) => [option, ['audit']])),
  json: ['check', 'schema', 'audit', 'top', 'key'],
  url: ['top'],
};
const DEFAULT_EVENTS = 50;

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const { action, config, json } = args;
  refuseUseless(args, USED_BY, action ?? 'run');
  if (action === undefined) return (await import('../gateway/run.js')).runGateway(config);
  if (action === 'schema') return (await import('../gateway/check.js')).printSchema();
  if (action === 'key') return (await import('../gateway/key.js')).printKey({ json });
  if (action === 'audit') {
    const limit = wholeNumber('limit', args.limit ?? DEFAULT_EVENTS, 1, MAX_ROWS);
    return (await import('../gateway/audit.js')).showAudit(config, { ...args, limit });
  }
  if (action === 'top') return (await import('../gateway/top.js')).showTop(config, { url: args.url, json });
  return (await import('../gateway/check.js')).checkConfig(config, { json });
}
