import type { Argv } from 'yargs';
import { isLoopback } from '../../api/index.js';
import { serve } from '../../api/serve.js';
import { budgetsOf } from '../../settings/budgets.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openStore } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import type { OptionsOf } from '../command-file.js';
import { listenHost, wholeNumber } from '../options/shared-options.js';
import { printLines } from '../output.js';
import { untilSignal } from '../until-signal.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace serve [options]\n\n' +
        'Serves what was captured over HTTP, for scripts and dashboards, until Ctrl-C. The page /docs describes the API; ' +
        'claude-trace config token prints its token.',
    )
    .option('host', {
      type: 'string',
      default: '127.0.0.1',
      describe: 'address to listen on; other machines can reach any address but 127.0.0.1',
    })
    .option('port', { type: 'number', describe: 'port to listen on; 0 picks a free port  [default: api.port]' })
    .example('claude-trace serve --port 8787', 'on a port of your choice');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const paths = resolvePaths(process.env);
  const config = await loadConfig(paths.configFile);
  const host = listenHost(args.host);
  const port = args.port === undefined ? config['api.port'] : wholeNumber('port', args.port, 0, 65_535);
  // Problems with the database are reported now, not to the first client.
  openStore(paths.database).close();
  const server = await serve({ paths, prices: config.prices, budgets: budgetsOf(config), host, port, log: notify });
  // Before the address is printed: a script that reads it may send the signal at once.
  const stopped = untilSignal();
  if (!isLoopback(host)) {
    notify(
      `warning: others can reach ${server.url}. They need the token, which goes over the network unencrypted: ` +
        'a tunnel (ssh -L) to 127.0.0.1 is safer.',
    );
  }
  notify(
    'The HTTP API runs until Ctrl-C; claude-trace config token prints its token, and the page /docs describes it.',
  );
  await printLines([server.url]);
  await stopped;
  await server.close();
}
