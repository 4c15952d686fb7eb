import { bar } from '../../text/bars.js';
import { displayWidth } from '../../text/fit.js';
import { fragment, type Line, spread, widthOf } from '../../text/line.js';
import { printableLine } from '../../text/text.js';
import { counted, formatPercent } from '../../text/units.js';
import { ending, type Hint, hints } from '../panel/lines/foot.js';
import { formatPlace } from './place.js';
import type { Playback } from './playback.js';

/** The server, its client and their session. */
export function headLine({ tape }: Playback, width: number): Line {
  const { server, client, protocol, session } = tape.head;
  const party = client === null ? '' : `  ${[client.name, client.version].filter((part) => part !== null).join(' ')}`;
  const left = [
    fragment(printableLine(server.name), 'heading'),
    fragment(printableLine(`  ${server.transport}${protocol === null ? '' : ` ${protocol}`}${party}`), 'dim'),
  ];
  const right = session === null ? [] : [fragment(printableLine(`session ${session.slice(0, 8)}`), 'dim')];
  return spread(left, right, width);
}

/** `▶ 1×  0:12.3 ▕███▌      ▏ 1:23.4  14 %  frame 120 (1234 frames)`. */
export function positionLine(playback: Playback, width: number): Line {
  const { playing, speed, place, duration, selected, tape } = playback;
  const state = playing ? '▶' : '❚❚';
  const left = [
    fragment(`${state} ${speed === 'max' ? 'max' : `${speed}×`}`.padEnd(8), playing ? 'good' : 'warn'),
    fragment(formatPlace(place, 1), 'accent'),
  ];
  const share = duration === 0 ? (tape.count === 0 ? 0 : 1) : place / duration;
  const reading = tape.end === null ? '…' : '';
  const frames = `${counted(tape.count, 'frame')}${reading}`;
  const right = [
    fragment(`${formatPlace(duration, 1)}${reading}`),
    fragment(`  ${formatPercent(share)}`.padEnd(9)),
    fragment(tape.count === 0 ? frames : `frame ${tape.seqOf(selected)} (${frames})`, 'dim'),
  ];
  const cells = width - widthOf(left) - widthOf(right) - 6;
  if (cells < 4) return spread(left, right, width);
  const filled = bar(share, 1, cells);
  return [
    ...left,
    fragment(' ▕', 'dim'),
    fragment(filled, 'bar'),
    fragment(`${' '.repeat(Math.max(0, cells - displayWidth(filled)))}▏ `, 'dim'),
    ...right,
  ];
}

/** What the foot depends on, besides the tape. */
export interface Foot {
  /** What is typed here; null for nothing. */
  prompt: string | null;
  notice: string | null;
  isHelp: boolean;
  /** Whether keys scroll the message. */
  isInText: boolean;
}

export function footLine({ tape }: Playback, { prompt, notice, isHelp, isInText }: Foot, width: number): Line {
  if (prompt !== null) {
    const question = 'go to: ';
    return [fragment(question, 'key'), fragment(ending(prompt, width - question.length - 1)), fragment('▏', 'accent')];
  }
  if (notice !== null) return [fragment(notice, 'accent')];
  const problem = tape.end?.problem ?? null;
  if (problem !== null) return [fragment(printableLine(problem), 'bad')];
  if (isHelp) return hints(HELP_HINTS, width);
  const partial: Line =
    tape.end?.isPartial === true ? [fragment(`cut off after ${counted(tape.count, 'frame')}  `, 'warn')] : [];
  return [...partial, ...hints(isInText ? TEXT_HINTS : HINTS, width - widthOf(partial))];
}

const LAST: readonly Hint[] = [
  ['?', 'help'],
  ['q', 'quit'],
];

const HINTS: readonly Hint[] = [
  ['Space', 'play, pause'],
  ['← →', 'step'],
  ['g', 'go to'],
  ['[ ]', 'speed'],
  ['Tab', 'message'],
  ['y', 'copy'],
  ...LAST,
];

const TEXT_HINTS: readonly Hint[] = [
  ['↑ ↓', 'scroll'],
  ['Tab', 'frames'],
  ['Space', 'play, pause'],
  ['y', 'copy'],
  ...LAST,
];

const HELP_HINTS: readonly Hint[] = [
  ['↑ ↓', 'scroll'],
  ['Esc', 'back'],
];
