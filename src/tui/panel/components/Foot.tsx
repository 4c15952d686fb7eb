import { displayWidth } from '../../../text/fit.js';
import type { PanelFocus } from '../../split/panel.js';
import { noticeLine } from '../lines/notice.js';
import type { PromptKind } from '../state/prompt.js';
import type { PanelState, View } from '../state/state.js';
import { cutLine, type Line, type Run, run, widthOf } from '../text/line.js';
import { Lines } from './Lines.js';

interface Props {
  state: PanelState;
  focus: PanelFocus;
  prefix: string;
  paneKeys?: string | undefined;
  /** What is being read; null: nothing. */
  reading: string | null;
  width: number;
}

const QUESTIONS: Readonly<Record<PromptKind, string>> = {
  search: 'search for: ',
  filter: 'rows with: ',
  find: 'find: ',
  source: 'source, with * for any text: ',
  comment: 'comment: ',
};

/** The last row: what is asked, what happened, what is being read, or which keys there are. */
export function Foot(props: Props) {
  const { width } = props;
  return <Lines lines={[cutLine(footLine(props), width)]} width={width} height={1} />;
}

function footLine({
  state: { prompt, notice, view, help, find },
  focus,
  prefix,
  paneKeys,
  reading,
  width,
}: Props): Line {
  if (focus === 'armed') return hints(ARMED, width, 0);
  if (prompt !== null) {
    const question = QUESTIONS[prompt.kind];
    return [run(question, 'key'), run(ending(prompt.text, width - question.length - 1)), run('▏', 'accent')];
  }
  if (notice !== null) return noticeLine(notice, focus, prefix, width);
  if (reading !== null) return [run(`reading ${reading} …`, 'dim')];
  if (focus === 'none') return hints(unfocused(prefix), width);
  if (find !== null) return hints(FOUND, width);
  const pane: Hint[] = paneKeys === undefined ? [] : [[paneKeys, 'to the command, and back']];
  return hints(help ? HELP : [...pane, ...HINTS[view]], width);
}

/** What was typed last stays in sight. */
function ending(text: string, width: number): string {
  let shown = text;
  while (shown !== '' && displayWidth(shown) > width) shown = Array.from(shown).slice(1).join('');
  return shown;
}

type Hint = readonly [key: string, does: string];

/** As many as there is room for. @param kept how many of the last ones others make room for: how to learn more, how to leave */
function hints(keys: readonly Hint[], width: number, kept = 2): Run[] {
  const shown = [...keys];
  while (shown.length > Math.max(1, kept) && widthOf(hintRuns(shown)) > width) shown.splice(-1 - kept, 1);
  return hintRuns(shown);
}

function hintRuns(keys: readonly Hint[]): Run[] {
  return keys.flatMap(([key, does], index) => [
    run(key, 'key'),
    run(` ${does}${index === keys.length - 1 ? '' : '  '}`, 'dim'),
  ]);
}

/** After the prefix key of the split pane. */
const ARMED: readonly Hint[] = [
  ['+ - 0', 'rate the last answer'],
  ['u', 'undo'],
  ['z', 'zoom'],
  ['h', 'hide'],
  ['other', 'goes to this panel'],
];

/** While the child of the split pane has the keyboard. */
const unfocused = (prefix: string): readonly Hint[] => [
  [prefix, 'to this panel'],
  [`${prefix} +`, 'rate answer'],
];

const HELP: readonly Hint[] = [
  ['↑ ↓', 'scroll'],
  ['/', 'find'],
  ['Esc', 'back'],
];

/** While something is looked for in a text. */
const FOUND: readonly Hint[] = [
  ['n p', 'next, previous'],
  ['/', 'find'],
  ['Esc', 'end of the search'],
];

const LAST: readonly Hint[] = [
  ['?', 'help'],
  ['q', 'leave'],
];

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
    ['/', 'find'],
    ['y', 'copy id'],
    ['Esc', 'back'],
    ...LAST,
  ],
  sources: [['Enter', 'its requests'], ['o', 'order'], ['/', 'filter'], ['y', 'copy'], ['Esc', 'back'], ...LAST],
  sessions: [['Enter', 'its requests'], ['o', 'order'], ['/', 'filter'], ['y', 'copy id'], ['Esc', 'back'], ...LAST],
  findings: [['↑ ↓', 'scroll'], ['n p', 'piece'], ['/', 'find'], ['y', 'copy setting'], ['Esc', 'back'], ...LAST],
};
