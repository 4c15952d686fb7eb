import { isFailed } from '../../../../model/exchange.js';
import type { AnswerProgress } from '../../../../model/progress.js';
import type { RequestDetail } from '../../../../model/request.js';
import { cutLine, type Fragment, fragment, fragmentAt, type Line } from '../../../../text/line.js';
import { formatCost, formatInput, outcomeOf } from '../../../../text/request-figures.js';
import { ratingTone } from '../../../../text/style.js';
import { printableLine } from '../../../../text/text.js';
import { formatDuration, formatRating, formatShortTime, formatTime } from '../../../../text/units.js';
import { SECTIONS, type Section } from '../../state/state.js';
import { outputSoFar, tokensSoFar } from '../growing.js';

/** Two lines: the facts of a request, and its sections. */
export function requestHeadLines(
  request: RequestDetail | null,
  section: Section,
  growing: AnswerProgress | null,
  width: number,
): Line[] {
  return [request === null ? [] : cutLine(summary(request, growing, width), width), cutLine(sections(section), width)];
}

/** Below this width the cost has no room after the id and the model, which the section `times` has too. */
const NARROW = 100;

function summary(request: RequestDetail, growing: AnswerProgress | null, width: number): Line {
  const { id, timestamp, model, kind, tokens, latencyMs, feedback } = request;
  const now = new Date();
  return [
    ...(width < NARROW
      ? [fragment(`${formatShortTime(timestamp, now, 11)}  `, 'heading')]
      : [fragment(id, 'heading'), fragment(`  ${formatTime(timestamp, now)}  ${printableLine(model ?? kind)}  `)]),
    outcome(request),
    fragment(
      `  ${formatInput(tokensSoFar(tokens, growing))} in, ${outputSoFar(tokens, growing)} out, ${formatCost(request)}`,
    ),
    fragment(`  ${formatDuration(latencyMs)}`),
    ...(feedback === null
      ? []
      : [
          fragment(`  rated ${formatRating(feedback.rating)}`, ratingTone(feedback.rating) ?? 'accent'),
          fragment(feedback.feedbackText === null ? '' : ` “${printableLine(feedback.feedbackText)}”`),
        ]),
  ];
}

function outcome(request: RequestDetail): Fragment {
  const { error, state } = request;
  if (error !== null)
    return fragment(printableLine(`${outcomeOf(request)} ${error}`), isFailed(state) ? 'bad' : 'warn');
  return fragment(outcomeOf(request), state === 'open' ? 'accent' : 'good');
}

/** How far the section at this column is from the one that is shown; null if no section is there. */
export function sectionAt(shown: Section, column: number): number | null {
  const index = fragmentAt(sections(shown), column);
  return index === -1 ? null : index - SECTIONS.indexOf(shown);
}

function sections(shown: Section): Line {
  return SECTIONS.map((section) =>
    section === shown ? fragment(`[${section}]`, 'accent') : fragment(` ${section} `, 'dim'),
  );
}
