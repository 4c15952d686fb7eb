import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { mcpCallToJson, readMcpCall } from '../../history/mcp-call.js';
import { unrecordedServers } from '../../history/mcp-unrecorded.js';
import { similarTo } from '../../history/unknown-names.js';
import { MCP_CALL_STATES } from '../../model/mcp.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import type { McpCallFilter, McpFilter, Reader } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { describeMcpCall } from '../../text/reports/mcp-call-texts.js';
import { describeMcpCalls, describeMcpServers, describeMcpTools } from '../../text/reports/mcp-tables.js';
import { describeUnknown } from '../../text/unknown-name.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { periodOptions, toPeriod, withSession } from '../options/filter-options.js';
import {
  chosenFormat,
  formatOptions,
  keepLast,
  listenHost,
  MAX_ROWS,
  notEmpty,
  notEmptyWord,
  wholeNumber,
} from '../options/shared-options.js';
import { refuseUseless, type UsedBy } from '../options/useless-options.js';
import { outputWidth, printJson, printJsonLines, printLines } from '../output.js';
import { warnOfOffset } from '../warnings.js';

export function options(yargs: Argv) {
  return formatOptions(
    periodOptions(
      yargs
        .usage(
          'claude-trace mcp [server] [options]\n       claude-trace mcp show <call>\n' +
            '       claude-trace mcp record [options] -- <command…>\n' +
            '       claude-trace mcp bridge --http <port> [--host <host>] -- <command…>\n' +
            '       claude-trace mcp bridge <url> [--header <header>]\n\n' +
            'Lists MCP servers, or the tools of one: calls, failures, latency, and the tokens of results, as the server sent ' +
            'them and as the model got them. With --calls it lists calls. `mcp show` prints one call: the request, the answer ' +
            'of the server, and what the model got of it. `mcp record` runs a server for any MCP client, and stores what passes: ' +
            '`claude-trace help mcp record`. `mcp bridge` serves a program over Streamable HTTP, or a URL on stdin and stdout, for ' +
            'clients that support only the other transport.',
        )
        .positional('server', {
          type: 'string',
          describe: 'its name in the configuration of Claude Code; * matches any text',
        })
        .positional('call', {
          type: 'string',
          describe: 'to show: an id or a prefix of one, the id of a tool use, or last; to bridge: a URL',
        })
        .option('calls', { type: 'boolean', default: false, describe: 'list calls, newest first' })
        .option('tool', { type: 'string', describe: 'with --calls: calls of this tool; * matches any text' })
        .option('state', {
          choices: [...MCP_CALL_STATES, 'error'] as const,
          describe: 'with --calls: how the call ended; error: every way that counts as failed',
        })
        .option('rule', { type: 'string', describe: 'with --calls: calls that this rule was applied to, by its id' })
        .option('tag', { type: 'string', describe: 'with --calls: calls that rules gave this tag' })
        .option('limit', { type: 'number', describe: 'with --calls: maximum number of rows  [default: 20]' })
        .option('offset', { type: 'number', describe: 'with --calls: number of rows to skip' })
        .option('http', {
          type: 'number',
          describe: 'with bridge: serve the command on this port; 0 picks a free port',
        })
        .option('host', {
          type: 'string',
          describe: 'with bridge --http: the address to listen on  [default: 127.0.0.1]',
        })
        .option('header', {
          type: 'string',
          array: true,
          default: [],
          describe: 'with bridge and a URL: a header such as "Authorization: Bearer …"; can be repeated',
        })
        // `--header` can be repeated; of other options, the last one counts, as in all commands.
        .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
        .middleware(keepLast('header'), true),
    ),
  )
    .example('claude-trace mcp --since 7d', 'the servers of the last week')
    .example('claude-trace mcp serena', 'the tools of a server')
    .example('claude-trace mcp --calls --state error', 'calls that failed')
    .example('claude-trace mcp show last', 'the latest call')
    .example('claude-trace mcp bridge --http 8080 -- npx tickets-server', 'a program for clients that want a URL')
    .example(
      'claude mcp add docs -- claude-trace mcp bridge https://mcp.example.com/mcp',
      'a URL in place of a program',
    );
}

type Use = 'mcp' | 'mcp show' | 'mcp --calls' | 'mcp bridge';

const LISTS: readonly Use[] = ['mcp', 'mcp --calls'];

const USED_BY: UsedBy<Use> = {
  json: [...LISTS, 'mcp show'],
  ndjson: [...LISTS, 'mcp show'],
  since: LISTS,
  until: LISTS,
  session: LISTS,
  project: LISTS,
  agent: LISTS,
  calls: LISTS,
  tool: ['mcp --calls'],
  state: ['mcp --calls'],
  rule: ['mcp --calls'],
  tag: ['mcp --calls'],
  limit: ['mcp --calls'],
  offset: ['mcp --calls'],
  http: ['mcp bridge'],
  host: ['mcp bridge'],
  header: ['mcp bridge'],
};

function useOf({ server, calls }: Args): Use {
  if (server === 'bridge' || server === 'show') return `mcp ${server}`;
  return calls ? 'mcp --calls' : 'mcp';
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args, command: readonly string[]): Promise<void> {
  const use = useOf(args);
  const isForCalls = (option: string) => use === 'mcp' && USED_BY[option]?.includes('mcp --calls');
  refuseUseless(args, USED_BY, use, (option) => (isForCalls(option) ? 'give --calls' : 'leave it out'));
  if (use === 'mcp bridge') return bridge(args, command);
  if (command.length > 0) {
    throw new UsageError('Words after -- are for claude-trace mcp record and mcp bridge: leave out --.');
  }
  const { server, call, calls, tool, state, rule, tag } = args;
  const format = chosenFormat(args);
  if (use === 'mcp show') {
    if (call !== undefined) return show(call, format !== 'table');
    throw new UsageError(
      'Missing id of a call. Usage: claude-trace mcp show <call>; claude-trace mcp --calls lists calls.',
    );
  }
  if (call !== undefined) throw new UsageError('To show a call, use: claude-trace mcp show <call>');
  const given = { ...toPeriod(args, Date.now()), server: notEmptyWord('server', server) };
  await withReader(format !== 'table', async (reader) => {
    const filter = withSession(given, reader);
    if (calls) {
      const chosen = { tool: notEmpty('tool', tool), state, rule: notEmpty('rule', rule), tag: notEmpty('tag', tag) };
      return listCalls(reader, { ...filter, ...chosen }, args);
    }
    const rows = filter.server === undefined ? reader.mcpServers(filter) : reader.mcpTools(filter);
    if (format === 'json') return printJson(toJsonRow(rows));
    if (format === 'ndjson') return printJsonLines(toJsonRow(rows));
    await printLines(table(reader, filter));
  });
}

async function bridge({ call: url, http, host, header }: Args, command: readonly string[]): Promise<void> {
  if ((http === undefined) === (url === undefined)) {
    throw new UsageError(
      'Usage: claude-trace mcp bridge --http <port> -- <command…>, or claude-trace mcp bridge <url>.',
    );
  }
  const { bridgeCommand, bridgeUrl } = await import('../gateway/bridge.js');
  if (url !== undefined) {
    if (host !== undefined || command.length > 0) throw new UsageError('With a URL, leave out --host and the command.');
    return bridgeUrl(url, header);
  }
  if (command.length === 0)
    throw new UsageError(
      'Write the command of the server after --: claude-trace mcp bridge --http <port> -- <command…>',
    );
  if (header.length > 0) throw new UsageError('--header is for a server with a URL.');
  await bridgeCommand(command, listenHost(host), wholeNumber('http', http ?? 0, 0, 65_535));
}

function table(reader: Reader, filter: McpFilter): string[] {
  const now = new Date();
  if (filter.server === undefined) {
    const rows = reader.mcpServers(filter);
    return describeMcpServers(rows, unrecordedServers(reader, filter, rows), outputWidth(), now);
  }
  const rows = reader.mcpTools(filter);
  warnOfUnknownServer(reader, filter.server);
  return rows.length === 0
    ? ['No tool of this server was listed or called.']
    : describeMcpTools(rows, outputWidth(), now);
}

async function listCalls(reader: Reader, filter: McpCallFilter, args: Args): Promise<void> {
  const page = {
    limit: wholeNumber('limit', args.limit ?? 20, 1, MAX_ROWS),
    offset: wholeNumber('offset', args.offset ?? 0, 0, Number.MAX_SAFE_INTEGER),
  };
  const rows = reader.mcpCalls(filter, page);
  const format = chosenFormat(args);
  if (format === 'json') return printJson(toJsonRow(rows));
  if (format === 'ndjson') return printJsonLines(toJsonRow(rows));
  const total = reader.countMcpCalls(filter);
  if (filter.server !== undefined) warnOfUnknownServer(reader, filter.server);
  if (rows.length === 0) warnOfOffset(page.offset, total, 'call');
  if (rows.length === 0 && total > 0) return;
  await printLines(describeMcpCalls(rows, total, outputWidth(), new Date(), page.offset));
}

function warnOfUnknownServer(reader: Reader, server: string): void {
  const similar = similarTo(
    server,
    reader.mcpServers().map((each) => each.server),
  );
  if (similar !== null) notify(describeUnknown('server', server, similar));
}

async function show(id: string, isForProgram: boolean): Promise<void> {
  const { prices } = await loadConfig(resolvePaths(process.env).configFile);
  await withReader(false, async (reader) => {
    const shown = readMcpCall(reader, id, prices);
    await (isForProgram ? printJson(mcpCallToJson(shown)) : printLines(describeMcpCall(shown, outputWidth())));
  });
}
