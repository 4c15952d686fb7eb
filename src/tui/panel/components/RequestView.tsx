import { Box } from 'ink';
import type { AnswerProgress } from '../../../model/progress.js';
import type { RequestDetail } from '../../../store/index.js';
import { requestHeadLines } from '../lines/request/head.js';
import { REQUEST_HEAD_ROWS, type Size } from '../state/layout.js';
import type { PanelState } from '../state/state.js';
import type { LaidOut } from '../text/document.js';
import { Lines } from './Lines.js';
import { TextView } from './TextView.js';

interface Props {
  state: PanelState;
  /** Null while it is read. */
  request: RequestDetail | null;
  /** What is known of its answer while that is still coming. */
  growing: AnswerProgress | null;
  text: LaidOut;
  size: Size;
}

/** One request: what it is, its sections, and the text of one of them. */
export function RequestView({ state, request, growing, text, size: { columns, rows } }: Props) {
  return (
    <Box flexDirection="column">
      <Lines
        lines={requestHeadLines(request, state.section, growing, columns)}
        width={columns}
        height={REQUEST_HEAD_ROWS}
      />
      <TextView
        text={text}
        scroll={state.scroll}
        marked={state.find?.line}
        width={columns}
        height={rows - REQUEST_HEAD_ROWS}
      />
    </Box>
  );
}
