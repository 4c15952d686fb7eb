import type { RequestDetail } from '../store/index.js';
import { attributionNote, damagedNote } from '../stored/segments.js';
import { notify } from './stderr.js';

/** Says so where the segments of a request are not those that its stored sums were made of. */
export function warnIfOutdated(request: RequestDetail): void {
  const note = attributionNote(request);
  if (note !== null) notify(note);
}

/** Says so where something of a request cannot be read. */
export function warnIfDamaged(request: RequestDetail): void {
  const note = damagedNote(request);
  if (note !== null) notify(note);
}
