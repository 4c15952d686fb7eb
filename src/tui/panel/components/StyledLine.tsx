import { Text } from 'ink';
import { memo, useContext } from 'react';
import { padTo } from '../text/fit.js';
import type { Line } from '../text/line.js';
import { ThemeContext } from './theme-context.js';

interface Props {
  line: Line;
  width: number;
  /** Shown as one piece: colours on an inverted row are hard to read. */
  selected?: boolean;
}

/** One row of the screen; it is cut to the width already. */
export const StyledLine = memo(function StyledLine({ line, width, selected = false }: Props) {
  const theme = useContext(ThemeContext);
  if (selected) {
    return (
      <Text wrap="truncate" {...theme.selected}>
        {padTo(line.map(({ text }) => text).join(''), width)}
      </Text>
    );
  }
  // A row without text would have no height.
  if (line.every(({ text }) => text === '')) return <Text> </Text>;
  return (
    <Text wrap="truncate">
      {line.map(({ text, tone }, index) =>
        tone === undefined ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the runs of a line have nothing else that tells them apart
          <Text key={index} {...theme[tone]}>
            {text}
          </Text>
        ),
      )}
    </Text>
  );
});
