import type { Argv } from 'yargs';
import { isLoopback } from '../../api/index.js';
import { serve } from '../../api/serve.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openStore } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import type { OptionsOf } from '../command-file.js';
import { given, wholeNumber } from '../options/filter-options.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace serve [options]\n\n' +
        'Runs the HTTP API until Ctrl-C: what was captured, for scripts and dashboards. Its page /docs explains it; ' +
        'claude-trace config token prints the token that it needs.',
    )
    .option('host', {
      type: 'string',
      default: '127.0.0.1',
      describe: 'address to listen on; other machines can reach any but 127.0.0.1',
    })
    .option('port', { type: 'number', describe: 'port to listen on; 0: a free one  [default: api.port]' })
    .example('claude-trace serve --port 8787', 'on a port of your choice');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const paths = resolvePaths(process.env);
  const config = await loadConfig(paths.configFile);
  const host = given('host', args.host) ?? '127.0.0.1';
  const port = args.port === undefined ? config['api.port'] : wholeNumber('port', args.port, 0, 65_535);
  // What is wrong with the database is better said here than to whoever asks first.
  openStore(paths.database).close();
  const server = await serve({ paths, prices: config.prices, host, port, log: notify });
  // Before anything is said: whoever has read the address may end it at once.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  if (!isLoopback(host)) {
    notify(
      `warning: others can reach ${server.url}. They need the token, which goes over the network unencrypted: ` +
        'a tunnel (ssh -L) to 127.0.0.1 is safer.',
    );
  }
  notify('the HTTP API listens until Ctrl-C; claude-trace config token prints its token, /docs is a page to read.');
  await writeOut(`${server.url}\n`);
  await stopped;
  await server.close();
}
