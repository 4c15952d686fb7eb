import { Box, Text } from 'ink';
import { useContext } from 'react';
import { type Part, standInFor } from '../painted.js';
import { ThemeContext } from './theme-context.js';

/** A part of the screen: always as many rows, each as wide. */
export function Lines(part: Part) {
  const theme = useContext(ThemeContext);
  return (
    <Box width={1} height={part.height}>
      <Text>{standInFor(part, theme)}</Text>
    </Box>
  );
}
