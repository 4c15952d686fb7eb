import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { resolvePaths } from '../../settings/paths.js';
import { MAX_SESSION_NAME, openStore } from '../../store/index.js';
import { describeSessions } from '../../text/reports/sessions.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import {
  chosenFormat,
  formatOptions,
  MAX_ROWS,
  pageOptions,
  scopeOptions,
  toScope,
  wholeNumber,
} from '../options/shared-options.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { outputWidth, printJson, printJsonLines, printLines } from '../output.js';
import { warnOfOffset } from '../warnings.js';

export function options(yargs: Argv) {
  return formatOptions(
    pageOptions(
      scopeOptions(
        yargs
          .usage(
            'claude-trace sessions [options]\n       claude-trace sessions name <session|last> [name]\n\n' +
              'Lists sessions of Claude Code and their cost, the latest first. --agent chooses sessions with requests of that ' +
              'agent; the figures are of whole sessions. Every command takes the name of a session in place of its id; ' +
              '`sessions name` without a name removes the current one.',
          )
          .positional('action', {
            describe: 'list or name',
            choices: ['list', 'name'] as const,
            default: 'list' as const,
          })
          .positional('session', { type: 'string', describe: 'to name: an id or a prefix of one, a name, or last' })
          .positional('name', { type: 'string', describe: `up to ${MAX_SESSION_NAME} characters` })
          .option('since', {
            type: 'string',
            describe: 'sessions that were active since then: ISO 8601, an age such as 2h, 7d, or yesterday',
          }),
      ),
    ),
  )
    .example('claude-trace sessions --since yesterday', 'sessions since yesterday')
    .example('claude-trace sessions name last "before the rewrite"', 'name the latest session');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const format = chosenFormat(args);
  if (args.action === 'name') return name(args);
  if (args.session !== undefined) {
    throw new UsageError('To name a session, write: claude-trace sessions name <session|last> <name>');
  }
  const filter = {
    since: args.since === undefined ? undefined : parseTimeArgument(args.since, 'since', Date.now()),
    ...toScope(args),
  };
  const page = {
    limit: wholeNumber('limit', args.limit, 1, MAX_ROWS),
    offset: wholeNumber('offset', args.offset, 0, Number.MAX_SAFE_INTEGER),
  };
  await withReader(format !== 'table', async (reader) => {
    const { rows, total } = reader.sessions(filter, page);
    if (rows.length === 0) warnOfOffset(page.offset, total, 'session');
    if (format === 'json') return printJson(toJsonRow(rows));
    if (format === 'ndjson') return printJsonLines(toJsonRow(rows));
    if (rows.length === 0 && total > 0) return;
    await printLines(describeSessions(rows, total, outputWidth(), new Date(), page.offset));
  });
}

async function name({ session, name: given }: OptionsOf<typeof options>): Promise<void> {
  if (session === undefined) throw new UsageError('Missing session: give its id or a prefix of it, its name, or last.');
  // Opened first: where nothing was captured, the store would make a database.
  await withReader(false, async () => {
    const store = openStore(resolvePaths(process.env).database);
    try {
      const id = store.nameSession(session, given ?? null);
      await printLines([
        given === undefined ? `Session ${id} has no name now.` : `Session ${id} is named "${given.trim()}".`,
      ]);
    } finally {
      store.close();
    }
  });
}
