import { useMemo } from 'react';
import type { AnswerProgress } from '../../../model/progress.js';
import { type Block, type LaidOut, layOut, textBlock } from '../lines/document.js';
import { findingBlocks } from '../lines/findings.js';
import { growingBlocks } from '../lines/growing.js';
import { helpBlocks } from '../lines/help.js';
import { mcpCallBlocks } from '../lines/mcp-call.js';
import { type PanelState, showsText } from '../state/state.js';
import type { Deferred } from './use-deferred.js';
import type { Views } from './use-views.js';

/** The text of the view, laid out for a width; null where rows are selected. */
export function useText(
  state: PanelState,
  { section, advice, call }: Views,
  growing: AnswerProgress | null,
  width: number,
): LaidOut | null {
  const isText = showsText(state);
  const kind = state.help ? 'help' : state.view;
  return useMemo(() => {
    switch (kind) {
      case 'help':
        return layOut(helpBlocks(), width);
      case 'request':
        if (growing !== null && !section.value?.isWhole) return layOut(growingBlocks(growing), width);
        return layOut(section.value?.blocks ?? pending(section), width);
      case 'findings':
        return layOut(advice.value === null ? pending(advice) : findingBlocks(advice.value), width);
      case 'mcp':
        if (!isText) return null;
        return layOut(call.value === null ? pending(call) : mcpCallBlocks(call.value), width);
      default:
        return null;
    }
  }, [kind, isText, section, advice, call, growing, width]);
}

function pending({ error, reading }: Deferred<unknown>): Block[] {
  if (error !== null) return [textBlock(error, 'bad')];
  return [textBlock(reading ? 'loading …' : 'Nothing captured yet.', 'dim')];
}
