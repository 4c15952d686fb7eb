import type { Rating } from '../../../model/rating.js';
import { explainError } from '../../../text/store-error.js';
import { formatRating } from '../../../text/units.js';
import type { Size } from '../../split/layout.js';
import type { PanelHost } from '../../split/panel.js';
import type { HeldMessages } from '../data/held-messages.js';
import type { PanelData } from '../data/panel-data.js';
import type { LaidOut } from '../lines/document.js';
import { heldName } from '../lines/rule-notes.js';
import type { Notice } from '../state/state.js';
import type { StateStore } from './use-panel-state.js';
import type { Views } from './use-views.js';

/** Everything that a key may need. */
export interface Commands {
  data: PanelData;
  store: StateStore;
  size: Size;
  views: Views;
  /** What scrolls; null where rows are selected. */
  text: LaidOut | null;
  host: PanelHost;
  /** Whether a command is beside the panel. */
  hasChild: boolean;
  toEnd(): void;
}

/** Rates, and shows the result or the error. */
export function rate({ data, store }: Commands, work: () => Rating): void {
  try {
    store.dispatch({ type: 'notice', notice: rated(work()) });
    data.changed();
  } catch (error) {
    say(store, 'bad', explainError(error));
  }
}

export function undo({ data, store }: Commands): void {
  try {
    store.dispatch({ type: 'notice', notice: undone(data.rater.undo()) });
    data.changed();
  } catch (error) {
    say(store, 'bad', explainError(error));
  }
}

export function say({ dispatch }: StateStore, tone: Notice['tone'], text: string): void {
  dispatch({ type: 'notice', notice: { tone, text } });
}

/** `rated +1: req_…`. */
export function rated({ requestId, rating, feedbackText }: Rating): Notice {
  const comment = feedbackText === null ? '' : ', with a comment';
  return { tone: 'good', text: `rated ${formatRating(rating)}${comment}: ${requestId}`, canUndo: true };
}

/** @param id null when there was nothing to undo */
export function undone(id: string | null): Notice {
  return { tone: 'good', text: id === null ? 'No rating to undo.' : `Rating of ${id} restored.` };
}

/** Lets the message pass that a rule has held the longest. */
export function resumeOldest(held: HeldMessages): Notice {
  const [oldest] = held.all();
  if (oldest === undefined) {
    return { tone: 'dim', text: 'No message is paused: rules with the action pause do that.' };
  }
  held.resume(oldest.id);
  return { tone: 'good', text: `resumed ${heldName(oldest)}` };
}
