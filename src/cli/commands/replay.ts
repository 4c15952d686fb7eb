import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { parseSpeed } from '../../mcp/replay/clock.js';
import type { OptionsOf } from '../command-file.js';
import { notEmpty, wholeNumber } from '../options/shared-options.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace replay <tape> [options]\n\n' +
        'Answers MCP clients from a tape, in place of the recorded server: on stdin and stdout, so that it can replace the server ' +
        "in a client's configuration, or over HTTP with --http.",
    )
    .positional('tape', {
      type: 'string',
      demandOption: true,
      describe: 'the file of a tape, or a session: its id, the beginning of one, its name, or last',
    })
    .option('server', { type: 'string', describe: 'of a session with several servers: which one' })
    .option('http', { type: 'number', describe: 'serve Streamable HTTP on this port of 127.0.0.1; 0: any free port' })
    .option('speed', {
      type: 'string',
      default: 'max',
      describe: 'times the recorded speed, 0.1 to 10; max: answer at once',
    })
    .option('step', {
      type: 'boolean',
      default: false,
      describe: 'send each message when Enter is pressed at the terminal',
    })
    .example('claude mcp add tickets -- claude-trace replay tickets.tape.jsonl', 'in place of a server of Claude Code')
    .example('claude-trace replay last --server tickets --http 8080 --speed 1', 'over HTTP, as slow as it was');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const speed = parseSpeed(args.speed);
  if (speed === null) throw new UsageError(`--speed is "${args.speed}"; give a number from 0.1 to 10, or max.`);
  const port = args.http === undefined ? null : wholeNumber('http', args.http, 0, 65_535);
  const server = notEmpty('server', args.server) ?? null;
  const { serveTape } = await import('../replay/serve-tape.js');
  await serveTape(args.tape, { server, port, speed, isStepped: args.step });
}
