import { matchesGlob } from '../../../base/glob.js';
import type { EllipsisPlace } from '../../../text/fit.js';
import { fragment, type Line } from '../../../text/line.js';
import { printableLine } from '../../../text/text.js';
import { ACTIONS } from '../state/actions.js';
import type { Choice } from '../state/choice.js';
import { refusalOf } from '../state/intents.js';
import type { Prompt } from '../state/prompt.js';
import type { Commands } from './commands.js';
import { sourceChoices } from './source-choices.js';
import { statusChoices } from './status-choices.js';
import type { Deferred } from './use-deferred.js';

/** The rows of a prompt that match what was typed. */
export interface Choices {
  /** The first is for the name, the others for the figures. */
  headings: readonly [string, ...string[]];
  /** Where long names are cut. The end of a path matters most. */
  cut: EllipsisPlace;
  rows: readonly Choice[];
  /** Shown if there are no rows. */
  empty: Line;
}

/** Null for a prompt that takes a line of text. */
export function choicesOf(commands: Commands, prompt: Prompt | null): Choices | null {
  if (prompt === null) return null;
  const { views, store } = commands;
  const { query } = store.current();
  switch (prompt.kind) {
    case 'action':
      return actionChoices(commands, prompt.text);
    case 'source':
      return {
        headings: ['SOURCE', 'TOKENS', 'COST'],
        cut: 'middle',
        rows: narrowed(sourceChoices(views.sourceTotals.value, prompt.text, query.source), prompt.text),
        empty: emptyLine(views.sourceTotals, 'source', prompt.text),
      };
    case 'status':
      return {
        headings: ['STATUS', 'REQUESTS'],
        cut: 'end',
        rows: narrowed(statusChoices(views.outcomes.value ?? [], query.status), prompt.text),
        empty: emptyLine(views.outcomes, 'status', prompt.text),
      };
    default:
      return null;
  }
}

function actionChoices(commands: Commands, text: string): Choices {
  const state = commands.store.current();
  const rows = ACTIONS.filter(({ intent }) => !isPalette(intent)).map((action) => ({
    name: action.name,
    figures: [action.keys.slice(0, 2).join('  ')],
    // An action that is not possible now is offered, too: choosing it says what it needs.
    tone: refusalOf(action.needs, state, commands.hasChild) === null ? undefined : ('dim' as const),
    intent: action.intent,
    needs: action.needs,
  }));
  return { headings: ['ACTION', 'KEY'], cut: 'end', rows: narrowed(rows, text), empty: noMatch('action', text) };
}

function isPalette(intent: (typeof ACTIONS)[number]['intent']): boolean {
  return intent.type === 'ask' && intent.kind === 'action';
}

function noMatch(what: string, text: string): Line {
  if (text.trim() === '') return [fragment(`There is no ${what} to choose from yet.`, 'dim')];
  return [fragment(printableLine(`No ${what} contains "${text}".`), 'dim')];
}

/** Rows whose name contains every word of the text, in any letter case; `*` matches any text. */
function narrowed(rows: readonly Choice[], text: string): Choice[] {
  const words = text.trim().toLowerCase().split(/\s+/);
  return rows.filter(({ name }) => words.every((word) => matchesGlob(`*${word}*`, name.toLowerCase())));
}

function emptyLine({ reading, error }: Deferred<unknown>, what: string, text: string): Line {
  if (error !== null) return [fragment(error, 'bad')];
  return reading ? [fragment('loading …', 'dim')] : noMatch(what, text);
}
