import { describeError } from '../../../format/describe-error.js';
import { formatRating } from '../../../format/units.js';
import type { RatingRow } from '../../../store/index.js';
import type { PanelHost } from '../../split/panel.js';
import type { PanelData } from '../data/panel-data.js';
import type { Size } from '../state/layout.js';
import type { Notice } from '../state/state.js';
import type { LaidOut } from '../text/document.js';
import type { StateStore } from './use-panel-state.js';
import type { Views } from './use-views.js';

/** All that a key may need. */
export interface Commands {
  data: PanelData;
  store: StateStore;
  size: Size;
  views: Views;
  /** What scrolls; null where rows are chosen. */
  text: LaidOut | null;
  host: PanelHost;
  toEnd(): void;
}

/** What was done, or why it could not be. */
export function tell({ data, store }: Commands, work: () => string): void {
  try {
    say(store, 'good', work());
    data.changed();
  } catch (error) {
    say(store, 'bad', describeError(error));
  }
}

export function say({ dispatch }: StateStore, tone: Notice['tone'], text: string): void {
  dispatch({ type: 'notice', notice: { tone, text } });
}

/** `rated +1: req_… (u takes it back)`. */
export function rated({ request_id, rating, feedback_text }: RatingRow): string {
  const comment = feedback_text === null ? '' : ', with a comment';
  return `rated ${formatRating(rating)}${comment}: ${request_id} (u takes it back)`;
}

/** @param id null when there was nothing to undo */
export function undone(id: string | null): string {
  return id === null ? 'Nothing to take back.' : `The rating of ${id} is as it was.`;
}
