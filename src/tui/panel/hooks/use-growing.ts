import { useSyncExternalStore } from 'react';
import type { AnswerProgress } from '../../../model/progress.js';
import type { GrowingAnswers } from '../data/growing-answers.js';
import type { PanelState } from '../state/state.js';

/** Draws again whenever an answer grew. @returns the answer that is read right now, while it is coming */
export function useGrowing(
  answers: GrowingAnswers,
  { view, help, section, opened }: PanelState,
): AnswerProgress | null {
  useSyncExternalStore(answers.onChange, answers.version);
  return view === 'request' && !help && section === 'response' && opened !== null ? answers.of(opened) : null;
}
