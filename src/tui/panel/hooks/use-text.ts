import { useMemo } from 'react';
import type { AnswerProgress } from '../../../model/progress.js';
import { type Block, type LaidOut, layOut, textBlock } from '../lines/document.js';
import { findingBlocks } from '../lines/findings.js';
import { growingBlocks } from '../lines/growing.js';
import { helpBlocks } from '../lines/help.js';
import type { PanelState } from '../state/state.js';
import type { Deferred } from './use-deferred.js';
import type { Views } from './use-views.js';

/** The text of the view, laid out for a width; null where rows are selected. */
export function useText(
  { view, help }: PanelState,
  { section, advice }: Views,
  growing: AnswerProgress | null,
  width: number,
): LaidOut | null {
  const kind = help ? 'help' : view;
  return useMemo(() => {
    switch (kind) {
      case 'help':
        return layOut(helpBlocks(), width);
      case 'request':
        if (growing !== null && !section.value?.isWhole) return layOut(growingBlocks(growing), width);
        return layOut(section.value?.blocks ?? pending(section), width);
      case 'findings':
        return layOut(advice.value === null ? pending(advice) : findingBlocks(advice.value), width);
      default:
        return null;
    }
  }, [kind, section, advice, growing, width]);
}

function pending({ error, reading }: Deferred<unknown>): Block[] {
  if (error !== null) return [textBlock(error, 'bad')];
  return [textBlock(reading ? 'reading …' : 'Nothing captured yet.', 'dim')];
}
