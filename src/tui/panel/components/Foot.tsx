import { displayWidth } from '../../../format/fit.js';
import { printableLine } from '../../../format/text.js';
import type { PanelFocus } from '../../split/panel.js';
import type { PromptKind } from '../state/prompt.js';
import type { PanelState, View } from '../state/state.js';
import { cutLine, type Line, type Run, run } from '../text/line.js';
import { Lines } from './Lines.js';

interface Props {
  state: PanelState;
  focus: PanelFocus;
  prefix: string;
  /** What is being read; null: nothing. */
  reading: string | null;
  width: number;
}

const QUESTIONS: Readonly<Record<PromptKind, string>> = {
  search: 'search for: ',
  source: 'source, with * for any text: ',
  comment: 'comment: ',
};

/** The last row: what is asked, what happened, what is being read, or which keys there are. */
export function Foot(props: Props) {
  const { width } = props;
  return <Lines lines={[cutLine(footLine(props), width)]} width={width} height={1} />;
}

function footLine({ state: { prompt, notice, view, help }, focus, prefix, reading, width }: Props): Line {
  if (focus === 'armed') return hints(ARMED);
  if (prompt !== null) {
    const question = QUESTIONS[prompt.kind];
    return [run(question, 'key'), run(ending(prompt.text, width - question.length - 1)), run('▏', 'accent')];
  }
  if (notice !== null) return [run(printableLine(notice.text), notice.tone)];
  if (reading !== null) return [run(`reading ${reading} …`, 'dim')];
  if (focus === 'none') return hints(unfocused(prefix));
  return help ? hints([['Esc', 'back']]) : hints(HINTS[view]);
}

/** What was typed last stays in sight. */
function ending(text: string, width: number): string {
  let shown = text;
  while (shown !== '' && displayWidth(shown) > width) shown = Array.from(shown).slice(1).join('');
  return shown;
}

function hints(keys: readonly (readonly [key: string, does: string])[]): Run[] {
  return keys.flatMap(([key, does]) => [run(key, 'key'), run(` ${does}  `, 'dim')]);
}

/** After the prefix key of the split pane. */
const ARMED = [
  ['+ - 0', 'rate the last answer'],
  ['u', 'undo'],
  ['z', 'zoom'],
  ['other', 'goes to this panel'],
] as const;

/** While the child of the split pane has the keyboard. */
const unfocused = (prefix: string) =>
  [
    [prefix, 'to this panel'],
    [`${prefix} +`, 'rate last answer'],
  ] as const;

const LAST = [
  ['?', 'help'],
  ['q', 'leave'],
] as const;

const HINTS: Readonly<Record<View, readonly (readonly [string, string])[]>> = {
  requests: [
    ['Enter', 'open'],
    ['/', 'search'],
    ['+ -', 'rate'],
    ['s', 'source'],
    ['f', 'status'],
    ['o', 'order'],
    ...LAST,
  ],
  request: [
    ['← →', 'section'],
    ['n p', 'piece'],
    ['+ -', 'rate'],
    ['c', 'comment'],
    ['y', 'copy id'],
    ['Esc', 'back'],
    ...LAST,
  ],
  sources: [['Enter', 'its requests'], ['Esc', 'back'], ...LAST],
  sessions: [['Enter', 'its requests'], ['Esc', 'back'], ...LAST],
  findings: [['↑ ↓', 'scroll'], ['Esc', 'back'], ...LAST],
};
