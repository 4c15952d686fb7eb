import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { parseSpeed, type Speed } from '../../mcp/replay/clock.js';
import type { OptionsOf } from '../command-file.js';
import { jsonOption, notEmpty, wholeNumber } from '../options/shared-options.js';

export function options(yargs: Argv) {
  return jsonOption(yargs, 'print the frames, one JSON object a line')
    .usage(
      'claude-trace replay <tape> [options]\n' +
        '       claude-trace replay api [session] [options]\n\n' +
        'Answers MCP clients from a tape, in place of the recorded server: on stdin and stdout, so that it can replace the server ' +
        "in a client's configuration, or over HTTP with --http. At a terminal, plays the tape. With api, answers programs that call the Claude API from a recorded " +
        'session, without a key.',
    )
    .positional('tape', {
      type: 'string',
      demandOption: true,
      describe: 'the file of a tape, or a session: its id, the beginning of one, its name, or last; or api',
    })
    .positional('session', { type: 'string', describe: 'with api: which session  [default: last]' })
    .option('server', { type: 'string', describe: 'of a session with several servers: which one' })
    .option('http', { type: 'number', describe: 'serve Streamable HTTP on this port of 127.0.0.1; 0: any free port' })
    .option('port', { type: 'number', describe: 'with api: port on 127.0.0.1  [default: any free port]' })
    .option('speed', {
      type: 'string',
      describe: 'times the recorded speed, 0.1 to 10; max: at once  [default: 1 in the player, else max]',
    })
    .option('step', {
      type: 'boolean',
      default: false,
      describe: 'send each message when Enter is pressed at the terminal; the player begins paused',
    })
    .example('claude mcp add tickets -- claude-trace replay tickets.tape.jsonl', 'in place of a server of Claude Code')
    .example('claude-trace replay api last --port 8080', 'a Messages API for tests, at http://127.0.0.1:8080')
    .example('claude-trace replay last --server tickets --http 8080 --speed 1', 'over HTTP, as slow as it was');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const isAtTerminal = process.stdin.isTTY === true && args.http === undefined && args.tape !== 'api';
  const speed = parseSpeed(args.speed ?? (isAtTerminal ? '1' : 'max'));
  if (speed === null) throw new UsageError(`--speed is "${args.speed}"; give a number from 0.1 to 10, or max.`);
  if (args.tape === 'api') return serveApi(args, speed);
  if (args.session !== undefined || args.port !== undefined) {
    throw new UsageError('A session after the tape, and --port, belong to claude-trace replay api.');
  }
  const port = args.http === undefined ? null : wholeNumber('http', args.http, 0, 65_535);
  const server = notEmpty('server', args.server) ?? null;
  if (args.json || (isAtTerminal && !process.stdout.isTTY)) {
    const { printFrames } = await import('../replay/play-tape.js');
    return printFrames(args.tape, { server, json: args.json });
  }
  if (isAtTerminal) {
    const { playTape } = await import('../replay/play-tape.js');
    return playTape(args.tape, { server, speed, isStepped: args.step });
  }
  const { serveTape } = await import('../replay/serve-tape.js');
  await serveTape(args.tape, { server, port, speed, isStepped: args.step });
}

async function serveApi(args: OptionsOf<typeof options>, speed: Speed): Promise<void> {
  if (args.http !== undefined || args.server !== undefined || args.step) {
    throw new UsageError('--http, --server and --step are for MCP servers; claude-trace replay api has --port.');
  }
  const port = args.port === undefined ? 0 : wholeNumber('port', args.port, 0, 65_535);
  const { serveRecordedApi } = await import('../replay/serve-api.js');
  await serveRecordedApi(notEmpty('session', args.session) ?? 'last', { port, speed });
}
