import { Box } from 'ink';
import type { Line } from '../text/line.js';
import { StyledLine } from './StyledLine.js';

interface Props {
  lines: readonly Line[];
  width: number;
  /** Rows that they take, filled or not. */
  height: number;
  /** Index of the line that is selected. */
  selected?: number | undefined;
}

/** A part of the screen: always as many rows, each as wide. */
export function Lines({ lines, width, height, selected }: Props) {
  return (
    <Box flexDirection="column">
      {Array.from({ length: height }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is a place on the screen, whatever stands in it
        <StyledLine key={index} line={lines[index] ?? []} width={width} selected={index === selected} />
      ))}
    </Box>
  );
}
