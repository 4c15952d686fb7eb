import type { Argv } from 'yargs';
import type { OptionsOf } from '../command-file.js';
import { jsonOption } from '../options/shared-options.js';

const ACTIONS = ['check', 'schema'] as const;

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace gateway [action] --config <file>\n\n' +
          'The MCP gateway: many MCP servers behind one address. Without an action, it runs until Ctrl-C or SIGTERM; SIGHUP makes it read its ' +
          'configuration again. `check` names every mistake in the configuration with its place, `schema` prints the JSON schema for editors.',
      )
      .positional('action', { describe: 'what to do; default: run', choices: ACTIONS })
      .option('config', { type: 'string', default: 'gateway.yaml', describe: 'the configuration' }),
  )
    .example('claude-trace gateway --config gateway.yaml', 'run it')
    .example('claude-trace gateway check --config gateway.yaml', 'in a CI job, or before a reload');
}

type Args = OptionsOf<typeof options>;

export async function run({ action, config, json }: Args): Promise<void> {
  if (action === undefined) return (await import('../gateway/run.js')).runGateway(config);
  if (action === 'schema') return (await import('../gateway/check.js')).printSchema();
  return (await import('../gateway/check.js')).checkConfig(config, { json });
}
