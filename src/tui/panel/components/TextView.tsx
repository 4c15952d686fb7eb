import type { LaidOut } from '../text/document.js';
import { Lines } from './Lines.js';

interface Props {
  text: LaidOut;
  scroll: number;
  width: number;
  height: number;
}

/** A stretch of a text that scrolls. */
export function TextView({ text, scroll, width, height }: Props) {
  return <Lines lines={text.lines.slice(scroll, scroll + height)} width={width} height={height} />;
}
