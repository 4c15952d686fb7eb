import { isatty } from 'node:tty';
import type { Argv } from 'yargs';
import { UserError } from '../../base/errors.js';
import { conversationFormat } from '../../export/conversation/conversation-format.js';
import { type ExportJob, startExport } from '../../export/export-job.js';
import type { Format } from '../../export/format.js';
import { FORMATS, formatOf, isConversationFormat } from '../../export/formats.js';
import { describeOutcome, describeWritten, estimateSize } from '../../export/output/outcome.js';
import { fileOutput, type MeasuredOutput, measured, stdoutOutput } from '../../export/output/output.js';
import { deliverSpans } from '../../export/spans/deliver-spans.js';
import type { Selection } from '../../export/walk.js';
import { writeExport } from '../../export/write-export.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { NotFoundError, type Reader, type RequestFilter } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { notify } from '../../text/output/stderr.js';
import { counted, formatBytes } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { catchInterrupt, EXIT_INTERRUPTED } from '../interrupt.js';
import { type Target, toTarget } from '../options/export-target.js';
import { filterOptions, toFilter, withSession } from '../options/filter-options.js';
import { notEmpty } from '../options/shared-options.js';
import { warnOfUnknownNames } from '../warnings.js';

export function options(yargs: Argv) {
  const described = yargs
    .usage(
      'claude-trace export --format <har|jsonl|csv|md|html> [options]\nclaude-trace export --otlp <URL> [options]\n\n' +
        'Writes captured requests for other programs, or sends them to one, oldest first, and says how to continue later. ' +
        'md and html write a conversation for people: the latest session, unless --session or --agent names another.',
    )
    .option('format', {
      choices: FORMATS,
      describe:
        'har: for the network panel of a browser; jsonl: one JSON object per line; csv; md, html: a conversation to read',
    })
    .option('output', { type: 'string', describe: 'file to write, instead of stdout' })
    .option('force', { type: 'boolean', default: false, describe: 'replace an existing file' })
    .option('bodies', { type: 'boolean', default: false, describe: 'with --format jsonl: also headers and bodies' })
    .option('otlp', {
      type: 'string',
      describe: 'send spans to this OpenTelemetry collector: http://localhost:4318',
    })
    .option('content', {
      type: 'boolean',
      default: false,
      describe: 'with --otlp: also prompts, answers and tool results',
    })
    .option('open', { type: 'boolean', default: false, describe: 'also requests that have not ended' })
    .option('after', { type: 'string', describe: 'continue after this request, where an earlier export ended' })
    .option('left-out', {
      type: 'string',
      describe: 'requests that the earlier export left out: ids, separated by commas',
    });
  return filterOptions(described)
    .example('claude-trace export --format har --since today --output today.har', "today's requests, for a browser")
    .example('claude-trace export --format html --output talk.html', 'the latest session, as a page to share')
    .example('claude-trace export --format jsonl --bodies | gzip > all.gz', 'everything, with bodies')
    .example('claude-trace export --otlp http://localhost:4318', 'send spans to a collector');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const target = toTarget(args);
  const givenSelection = toSelection(args);
  await withReader(true, async (reader) => {
    const after = idOf(reader, givenSelection.after);
    const selection = { ...givenSelection, after, filter: withSession(givenSelection.filter, reader) };
    if (target.to !== 'collector' && isConversationFormat(target.format)) {
      selection.filter = ofOneSession(reader, selection.filter);
    }
    const total = countAll(reader, selection);
    const visible = isatty(2) && !(target.to === 'stdout' && isatty(1));
    const estimate = hasBodies(target) ? estimateSize(total, bodiesOf(reader, selection)) : 0;
    if (visible || estimate >= NOTABLE_BYTES) announce(estimate, total);
    const progress = createProgress('exporting', total, { isTerminal: visible });
    const output = await outputOf(target);
    const job = startExport(reader, selection, (done) =>
      progress.show(done, describeWritten(output?.bytes ?? 0, estimate)),
    );
    const interrupt = catchInterrupt();
    interrupt.signal.addEventListener('abort', () => job.stop());
    const report = () => {
      progress.end();
      const written = output === null || job.outcome.requests === 0 ? '' : `${formatBytes(output.bytes)} written: `;
      notify(written + describeOutcome(job.outcome));
      if (job.outcome.requests === 0) warnOfUnknownNames(reader, selection.filter);
    };
    try {
      if (await deliver(reader, job, target, output, selection.filter.sessionId)) report();
    } catch (error) {
      if (target.to !== 'file') report(); // an unfinished file is removed
      throw error;
    } finally {
      progress.end();
      interrupt.end();
    }
    if (job.outcome.stopped) process.exitCode = EXIT_INTERRUPTED;
  });
}

/** The user should know about this much before it fills a disk or a pipe. */
const NOTABLE_BYTES = 50 * 1_024 ** 2;

function hasBodies(target: Target): boolean {
  return target.to !== 'collector' && (target.format === 'har' || target.withBodies);
}

function announce(estimate: number, requests: number): void {
  if (estimate === 0 || requests === 0) return;
  notify(`Writing about ${formatBytes(estimate)}: ${counted(requests, 'request')}, each with its whole conversation.`);
}

function bodiesOf(reader: Reader, { filter, after }: Selection): number {
  return reader.bytesAfter(filter, after === null ? 0 : reader.position(after));
}

/** Null for a collector. */
async function outputOf(target: Target): Promise<MeasuredOutput | null> {
  if (target.to === 'collector') return null;
  return measured(target.to === 'stdout' ? stdoutOutput() : await fileOutput(target.path, target.replace));
}

/** @returns false when the reader of the output left before the end */
async function deliver(
  reader: Reader,
  job: ExportJob,
  target: Target,
  output: MeasuredOutput | null,
  sessionId: string | undefined,
): Promise<boolean> {
  if (target.to === 'collector' || output === null) {
    if (target.to === 'collector') await deliverSpans(reader, job, target.url, target.withContent);
    return true;
  }
  try {
    return await writeExport(reader, job, await toFormat(reader, target, sessionId), output);
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function toFormat(
  reader: Reader,
  { format, withBodies }: Exclude<Target, { to: 'collector' }>,
  sessionId: string | undefined,
): Promise<Format> {
  if (!isConversationFormat(format)) return formatOf(format, withBodies, reader);
  const { prices } = await loadConfig(resolvePaths(process.env).configFile);
  return conversationFormat(format, {
    reader,
    prices,
    session: sessionId === undefined ? null : reader.session(sessionId),
  });
}

/** A document has one session: that of the agent, or the latest. */
function ofOneSession(reader: Reader, filter: RequestFilter): RequestFilter {
  if (filter.sessionId !== undefined) return filter;
  const sessionId =
    filter.agent === undefined
      ? reader.sessions({}, { limit: 1 }).rows[0]?.id
      : reader.page({ agent: filter.agent }, { limit: 1 })[0]?.sessionId;
  return { ...filter, sessionId: sessionId ?? undefined };
}

function countAll(reader: Reader, { filter, after, leftOut }: Selection): number {
  return reader.countAfter(filter, after === null ? 0 : reader.position(after)) + leftOut.length;
}

/** The whole id: `last` would be another request when the export is continued. */
function idOf(reader: Reader, after: string | null): string | null {
  try {
    return after === null ? null : reader.request(after).id;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new UserError(`--after: ${error.message} Retention may have removed it: use --since with a time instead.`, {
      cause: error,
    });
  }
}

function toSelection(args: Args): Selection {
  const leftOut = (args.leftOut ?? '').split(',').filter((id) => id !== '');
  return {
    filter: toFilter(args, Date.now()),
    after: notEmpty('after', args.after) ?? null,
    leftOut,
    withOpen: args.open,
  };
}
