import { Text } from 'ink';
import { useContext } from 'react';
import { standInFor } from '../painted.js';
import type { Line } from '../text/line.js';
import { ThemeContext } from './theme-context.js';

interface Props {
  line: Line;
  width: number;
  /** It stands out as a whole. */
  selected?: boolean;
}

/** One row of a part of the screen. */
export function StyledLine({ line, width, selected = false }: Props) {
  const theme = useContext(ThemeContext);
  return <Text>{standInFor(line, theme, width, selected)}</Text>;
}
