import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { resolvePaths } from '../../settings/paths.js';
import {
  LOCAL_USER,
  MAX_COMMENT_LENGTH,
  openReader,
  openStore,
  type RatingRow,
  type RequestRow,
  type Store,
  type Verdict,
} from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import { printableLine } from '../../text/text.js';
import { formatRating } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace rate <id|last> [rating] [options]\n\n' +
        'Rate the answer to a request: + (good), - (bad) or a number from -1 to 1. It counts once for each source ' +
        'that the request carried. Rating again changes the rating.',
    )
    .positional('id', {
      type: 'string',
      demandOption: true,
      describe: 'an id or the beginning of one, or last: the newest answer in a main conversation',
    })
    .positional('rating', { type: 'string', describe: '+, - or a number from -1 to 1' })
    .option('comment', { type: 'string', describe: 'why; an empty one takes a comment away' })
    .option('remove', { type: 'boolean', default: false, describe: 'take the rating back' })
    .option('json', { type: 'boolean', default: false, describe: 'the rating as JSON' })
    .example('$0 rate last +', 'the last answer was good')
    .example('$0 rate last -0.5 --comment "read the wrong file"', 'not so good, and why');
}

type Args = OptionsOf<typeof options>;

/** What the command line asks for; a rating that is not given stays as it is. */
type Wish = { remove: true } | { remove: false; change: Partial<Verdict> };

export async function run(args: Args): Promise<void> {
  const wish = toWish(args);
  const { database } = resolvePaths(process.env);
  const reader = openReader(database);
  try {
    const store = openStore(database);
    try {
      const row = rate(store, args.id, wish);
      if (args.json) return await writeOut(`${JSON.stringify(row, null, 2)}\n`);
      const request = reader.request(row.request_id);
      return await writeOut(`${describe(row, request, wish.remove)}\n`);
    } finally {
      store.close();
    }
  } finally {
    reader.close();
  }
}

function toWish({ rating, comment, remove }: Args): Wish {
  if (remove) {
    if (rating !== undefined || comment !== undefined) {
      throw new UsageError('--remove takes the whole rating back: give no rating and no --comment with it.');
    }
    return { remove };
  }
  if (rating === undefined && comment === undefined)
    throw new UsageError('Which rating? Give +, - or a number from -1 to 1.');
  if (comment !== undefined && comment.length > MAX_COMMENT_LENGTH) {
    throw new UsageError(`--comment: give at most ${MAX_COMMENT_LENGTH} characters.`);
  }
  const change: Partial<Verdict> = {};
  if (rating !== undefined) change.rating = parseRating(rating);
  if (comment !== undefined) change.comment = comment;
  return { remove, change };
}

function parseRating(text: string): number {
  if (text === '+') return 1;
  // yargs makes an empty text of a lone `-`.
  if (text === '' && process.argv.includes('-')) return -1;
  const rating = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (rating >= -1 && rating <= 1) return rating;
  throw new UsageError(`"${text}" is not a rating: give +, - or a number from -1 to 1.`);
}

/** Changes the rating that is there, or gives the first. */
function rate(store: Store, id: string, wish: Wish): RatingRow {
  if (wish.remove) return store.ratings.remove(id);
  const { change } = wish;
  // A comment alone says nothing of an answer that is not rated.
  return change.rating === undefined ? store.ratings.change(id, change) : store.ratings.set(id, change, LOCAL_USER).row;
}

function describe(row: RatingRow, request: RequestRow, removed: boolean): string {
  const what = removed ? `Took back the rating ${formatRating(row.rating)} of` : `Rated ${formatRating(row.rating)}:`;
  const comment = row.feedback_text === null ? '' : ` "${printableLine(row.feedback_text)}"`;
  const sources = row.affected_sources.length;
  return (
    `${what} ${row.request_id}${comment}.${describeEnd(request)} ` +
    (sources === 0
      ? 'It is not attributed to sources, so it counts for none.'
      : `It ${removed ? 'no longer counts' : 'counts'} for ${sources} source${sources === 1 ? '' : 's'}.`)
  );
}

/** A request without a good end may be rated like any other: the person should know that it is one. */
function describeEnd({ state, error }: RequestRow): string {
  if (state === 'complete') return '';
  if (state === 'open') return ' That request has not ended yet.';
  const how = state === 'failed' ? 'failed' : `was ${state.replace('_', ' ')}`;
  return ` That request ${how}${error ? ` (${printableLine(error)})` : ''}.`;
}
