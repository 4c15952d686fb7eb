import { fragment, type Line } from '../../../text/line.js';
import type { Tone } from '../../../text/style.js';
import { printableLine } from '../../../text/text.js';
import { ACTIONS, type PanelAction } from '../state/actions.js';
import { refusalOf } from '../state/intents.js';
import type { Prompt } from '../state/prompt.js';
import type { Commands } from './commands.js';

/** What is done when something is chosen. */
export type Offer = Pick<PanelAction, 'intent' | 'needs'>;

/** A row that a prompt offers. */
export interface Choice extends Offer {
  name: string;
  /** In the columns beside the name. */
  figures: readonly string[];
  tone?: Tone | undefined;
}

/** What a prompt offers, as far as it matches what was typed. */
export interface Choices {
  /** Of the name and of the figures. */
  headings: readonly [string, ...string[]];
  rows: readonly Choice[];
  /** Shown in place of no rows. */
  empty: Line;
}

/** Null for a prompt that takes a line of text. */
export function choicesOf(commands: Commands, prompt: Prompt | null): Choices | null {
  if (prompt === null) return null;
  switch (prompt.kind) {
    case 'action':
      return actionChoices(commands, prompt.text);
    default:
      return null;
  }
}

function actionChoices(commands: Commands, text: string): Choices {
  const state = commands.store.current();
  const rows = ACTIONS.filter(({ name, intent }) => matches(text, name) && !isPalette(intent)).map((action) => ({
    name: action.name,
    figures: [action.keys.join('  ')],
    // It is offered anyway: choosing it says what it needs.
    tone: refusalOf(action.needs, state, commands.hasChild) === null ? undefined : ('dim' as const),
    intent: action.intent,
    needs: action.needs,
  }));
  return { headings: ['ACTION', 'KEY'], rows, empty: noMatch('action', text) };
}

function isPalette(intent: (typeof ACTIONS)[number]['intent']): boolean {
  return intent.type === 'ask' && intent.kind === 'action';
}

function noMatch(what: string, text: string): Line {
  return [fragment(printableLine(`No ${what} contains "${text}".`), 'dim')];
}

/** Whether the name contains every word of the text, in any letter case. */
function matches(text: string, name: string): boolean {
  const whole = name.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
