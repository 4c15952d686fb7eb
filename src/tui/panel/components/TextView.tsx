import type { LaidOut } from '../text/document.js';
import { Lines } from './Lines.js';

interface Props {
  text: LaidOut;
  scroll: number;
  /** A line that stands out: what was looked for is in it. */
  marked?: number | null | undefined;
  width: number;
  height: number;
}

/** A stretch of a text that scrolls. */
export function TextView({ text, scroll, marked, width, height }: Props) {
  const selected = marked == null ? undefined : marked - scroll;
  return <Lines lines={text.lines.slice(scroll, scroll + height)} width={width} height={height} selected={selected} />;
}
