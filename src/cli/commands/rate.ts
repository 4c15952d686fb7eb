import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import type { Rating } from '../../model/rating.js';
import type { RequestSummary } from '../../model/request.js';
import { resolvePaths } from '../../settings/paths.js';
import { LOCAL_USER, MAX_COMMENT_LENGTH, openStore, type Store, type Verdict } from '../../store/index.js';
import { printableLine } from '../../text/text.js';
import { counted, formatRating } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { idPositional, jsonOption } from '../options/shared-options.js';
import { printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    idPositional(
      yargs.usage(
        'claude-trace rate <id|last> [rating] [options]\n\n' +
          'Rates the answer to a request: + (good), - (bad) or a number from -1 to 1. The rating counts once for each ' +
          'source that the request carried. A new rating replaces the old one.',
      ),
      'the newest answer in a main conversation',
    )
      .positional('rating', { type: 'string', describe: '+, - or a number from -1 to 1' })
      .option('comment', { type: 'string', describe: 'the reason for the rating; an empty text removes the comment' })
      .option('remove', { type: 'boolean', default: false, describe: 'remove the rating' }),
    'the rating as JSON',
  )
    .example('$0 rate last +', 'the last answer was good')
    .example('$0 rate last -0.5 --comment "read the wrong file"', 'not so good, and why');
}

type Args = OptionsOf<typeof options>;

type Change = { remove: true } | { remove: false; verdict: Partial<Verdict> };

export async function run(args: Args): Promise<void> {
  const change = toChange(args);
  await withReader(false, (reader) => {
    const store = openStore(resolvePaths(process.env).database);
    try {
      const row = rate(store, args.id, change);
      return args.json
        ? printJson(toJsonRow(row))
        : printLines([describe(row, reader.request(row.requestId), change.remove)]);
    } finally {
      store.close();
    }
  });
}

function toChange({ rating, comment, remove }: Args): Change {
  if (remove) {
    if (rating !== undefined || comment !== undefined) {
      throw new UsageError('--remove removes the whole rating: give no rating and no --comment with it.');
    }
    return { remove };
  }
  if (rating === undefined && comment === undefined) {
    throw new UsageError('Missing rating: use +, - or a number from -1 to 1.');
  }
  if (comment !== undefined && comment.length > MAX_COMMENT_LENGTH) {
    throw new UsageError(`--comment: the maximum is ${MAX_COMMENT_LENGTH} characters.`);
  }
  const verdict: Partial<Verdict> = {};
  if (rating !== undefined) verdict.rating = parseRating(rating);
  if (comment !== undefined) verdict.comment = comment;
  return { remove, verdict };
}

function parseRating(text: string): number {
  if (text === '+') return 1;
  // yargs makes an empty text of a lone `-`.
  if (text === '' && process.argv.includes('-')) return -1;
  const rating = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (rating >= -1 && rating <= 1) return rating;
  throw new UsageError(`"${text}" is not a rating: give +, - or a number from -1 to 1.`);
}

function rate(store: Store, id: string, change: Change): Rating {
  if (change.remove) return store.ratings.remove(id);
  const { verdict } = change;
  // A comment alone needs a rating that exists.
  return verdict.rating === undefined
    ? store.ratings.change(id, verdict)
    : store.ratings.set(id, verdict, LOCAL_USER).row;
}

function describe(row: Rating, request: RequestSummary, isRemoved: boolean): string {
  const what = isRemoved ? `Removed the rating ${formatRating(row.rating)} of` : `Rated ${formatRating(row.rating)}:`;
  const comment = row.feedbackText === null ? '' : ` "${printableLine(row.feedbackText)}"`;
  const sources = row.affectedSources.length;
  const effect =
    sources === 0
      ? 'The request is not attributed to sources, so the rating counts for none.'
      : `It ${isRemoved ? 'no longer counts' : 'counts'} for ${counted(sources, 'source')}.`;
  return `${what} ${row.requestId}${comment}.${describeEnd(request)} ${effect}`;
}

/** Any request can be rated, but the user should know when it did not end well. */
function describeEnd({ state, error }: RequestSummary): string {
  if (state === 'complete') return '';
  if (state === 'open') return ' That request has not ended yet.';
  const how = state === 'failed' ? 'failed' : `was ${state.replace('_', ' ')}`;
  return ` That request ${how}${error ? ` (${printableLine(error)})` : ''}.`;
}
