import { similarModels, similarSources } from '../history/unknown-names.js';
import type { RequestDetail } from '../model/request.js';
import type { Reader, RequestFilter } from '../store/index.js';
import { notify } from '../text/output/stderr.js';
import { attributionNote, damagedNote } from '../text/request-notes.js';
import { counted } from '../text/units.js';
import { describeUnknown } from '../text/unknown-name.js';

/** Warns when the segments of a request are not those that its stored sums were made of. */
export function warnIfOutdated(request: RequestDetail): void {
  const note = attributionNote(request);
  if (note !== null) notify(note);
}

/** Warns when a part of a request cannot be read. */
export function warnIfDamaged(request: RequestDetail): void {
  const note = damagedNote(request);
  if (note !== null) notify(note);
}

/** Warns when a name in the filter was never captured, and suggests similar names. */
export function warnOfUnknownNames(reader: Reader, { source, model }: Pick<RequestFilter, 'source' | 'model'>): void {
  if (isEmpty(reader)) return;
  const sources = source === undefined ? null : similarSources(reader, source);
  if (source !== undefined && sources !== null) notify(describeUnknown('source', source, sources));
  const models = model === undefined ? null : similarModels(reader, model);
  if (model !== undefined && models !== null) notify(describeUnknown('model', model, models));
}

/** @param total the number of matching rows @param what a row, in the singular */
export function warnOfOffset(offset: number, total: number, what: string): void {
  if (offset > 0 && total > 0) notify(`--offset ${offset} is past the end: ${counted(total, what)} in all.`);
}

function isEmpty(reader: Reader): boolean {
  return reader.page({ kind: 'all' }, { limit: 1 }).length === 0;
}
