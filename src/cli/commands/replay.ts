import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { parseSpeed, type Speed } from '../../mcp/replay/clock.js';
import type { OptionsOf } from '../command-file.js';
import { jsonOption, keepLast, notEmpty, notEmptyWord, wholeNumber } from '../options/shared-options.js';
import { refuseUseless, type UsedBy } from '../options/useless-options.js';

export function options(yargs: Argv) {
  return (
    jsonOption(yargs, 'print the frames, one JSON object per line; with --as client: the comparison, one JSON document')
      .usage(
        'claude-trace replay <tape> [options]\n' +
          '       claude-trace replay --as client <tape> [options] -- <command…>\n' +
          '       claude-trace replay --as client <tape> <url> [options]\n' +
          '       claude-trace replay api [session] [options]\n\n' +
          'Answers MCP clients from a tape, in place of the recorded server: on stdin and stdout, so that it can replace the server ' +
          "in a client's configuration, or over HTTP with --http. At a terminal, plays the tape. With --as client, sends what the recorded " +
          'client sent to a real server, a program or a URL, and compares answers and notifications: the exit code is 1 if they differ. ' +
          'With api, answers programs that call the Claude API from a recorded session, without a key.',
      )
      .positional('tape', {
        type: 'string',
        demandOption: true,
        describe: 'the file of a tape, or a session: its id or a prefix of it, its name, or last; or api',
      })
      .positional('target', {
        type: 'string',
        describe: 'with --as client: URL of the server; with api: a session  [default: last]',
      })
      .option('as', {
        choices: ['server', 'client'] as const,
        default: 'server' as const,
        describe: 'the side of the tape to play',
      })
      .option('server', { type: 'string', describe: 'the server to replay, if the session has several' })
      .option('http', {
        type: 'number',
        describe: 'serve Streamable HTTP, and SSE for old clients, on this port of 127.0.0.1; 0 picks a free port',
      })
      .option('port', { type: 'number', describe: 'with api: port on 127.0.0.1  [default: a free port]' })
      .option('speed', {
        type: 'string',
        describe: 'times the recorded speed, 0.1 to 10; max: no waiting  [default: 1 in the player, else max]',
      })
      .option('step', {
        type: 'boolean',
        describe: 'send each message when Enter is pressed at the terminal; the player begins paused',
      })
      .option('ignore', {
        type: 'string',
        array: true,
        default: [],
        describe:
          'with --as client: a JSONPath in answers and notifications that is not compared, such as $.result.content[0], ' +
          'or a method of notifications, such as notifications/message; can be repeated',
      })
      .option('header', {
        type: 'string',
        array: true,
        default: [],
        describe: 'with --as client and a URL: a header such as "Authorization: Bearer …"; can be repeated',
      })
      .option('timeout', {
        type: 'number',
        describe: 'with --as client: seconds that an answer may take  [default: 60]',
      })
      .option('junit', { type: 'string', describe: 'with --as client: write a JUnit XML report to this file' })
      // Options that can be repeated; of the others, the last one counts, as in all commands.
      .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
      .middleware(keepLast('ignore', 'header'), true)
      .example(
        'claude mcp add tickets -- claude-trace replay tickets.tape.jsonl',
        'in place of a server of Claude Code',
      )
      .example('claude-trace replay last --server tickets --http 8080 --speed 1', 'over HTTP, at the recorded speed')
      .example(
        'claude-trace replay --as client tickets.tape.jsonl -- npx tickets-server',
        'does the server still give these answers?',
      )
      .example('claude-trace replay api last --port 8080', 'a Messages API for tests, at http://127.0.0.1:8080')
  );
}

type Args = OptionsOf<typeof options>;

type Use =
  | 'a server on stdin and stdout'
  | 'a server over HTTP'
  | 'the player'
  | 'printing frames'
  | '--as client'
  | 'replay api';

const SERVERS: readonly Use[] = ['a server on stdin and stdout', 'a server over HTTP'];

const USED_BY: UsedBy<Use> = {
  server: [...SERVERS, 'the player', 'printing frames', '--as client'],
  http: ['a server over HTTP'],
  port: ['replay api'],
  speed: [...SERVERS, 'the player', 'replay api'],
  step: [...SERVERS, 'the player'],
  json: ['printing frames', '--as client'],
  ignore: ['--as client'],
  header: ['--as client'],
  timeout: ['--as client'],
  junit: ['--as client'],
};

export async function run(args: Args, command: readonly string[]): Promise<void> {
  const use = useOf(args);
  refuseUseless(args, USED_BY, use, (option) =>
    option === 'http' && use === 'replay api' ? 'give --port' : 'leave it out',
  );
  if (use === '--as client') return compare(args, command);
  if (command.length > 0) throw new UsageError('To compare a server with a tape, give --as client.');
  const speed = parseSpeed(args.speed ?? (use === 'the player' ? '1' : 'max'));
  if (speed === null) throw new UsageError(`--speed is "${args.speed}"; give a number from 0.1 to 10, or max.`);
  if (use === 'replay api') return serveApi(args, speed);
  if (args.target !== undefined) {
    throw new UsageError('After the tape, a URL belongs to --as client, and a session to claude-trace replay api.');
  }
  const port = args.http === undefined ? null : wholeNumber('http', args.http, 0, 65_535);
  const server = notEmpty('server', args.server) ?? null;
  const isStepped = args.step === true;
  if (use === 'printing frames') {
    const { printFrames } = await import('../replay/play-tape.js');
    return printFrames(args.tape, { server, json: args.json });
  }
  if (use === 'the player') {
    const { playTape } = await import('../replay/play-tape.js');
    return playTape(args.tape, { server, speed, isStepped });
  }
  const { serveTape } = await import('../replay/serve-tape.js');
  await serveTape(args.tape, { server, port, speed, isStepped });
}

function useOf({ as, tape, json, http }: Args): Use {
  if (as === 'client') return '--as client';
  if (tape === 'api') return 'replay api';
  if (json) return 'printing frames';
  if (http !== undefined) return 'a server over HTTP';
  if (process.stdin.isTTY !== true) return 'a server on stdin and stdout';
  return process.stdout.isTTY ? 'the player' : 'printing frames';
}

async function serveApi(args: Args, speed: Speed): Promise<void> {
  const port = args.port === undefined ? 0 : wholeNumber('port', args.port, 0, 65_535);
  const { serveRecordedApi } = await import('../replay/serve-api.js');
  await serveRecordedApi(notEmptyWord('session', args.target) ?? 'last', { port, speed });
}

async function compare(args: Args, command: readonly string[]): Promise<void> {
  if ((args.target === undefined) === (command.length === 0)) {
    throw new UsageError('Give the server after the tape: -- <command…>, or its URL.');
  }
  if (args.target === undefined && args.header.length > 0) {
    throw new UsageError('--header is for a server with a URL.');
  }
  const timeout = args.timeout ?? 60;
  if (!(timeout > 0)) throw new UsageError('--timeout: give a number of seconds above 0.');
  const { compareTape } = await import('../replay/compare-tape.js');
  await compareTape(args.tape, {
    server: notEmpty('server', args.server) ?? null,
    url: args.target ?? null,
    headers: args.header,
    command,
    ignore: args.ignore,
    timeoutMs: timeout * 1_000,
    junitFile: notEmpty('junit', args.junit, 'give a file, or leave it out') ?? null,
    isForProgram: args.json,
  });
}
