import { useCallback, useSyncExternalStore } from 'react';
import { createThrottle } from '../../../base/throttle.js';
import type { GrowingAnswers } from '../data/growing-answers.js';

/** A frame costs more processor time than the events that it shows, and events of answers are on their way at the same time. */
const BESIDE_MS = 250;

/**
 * Draws again when answers have grown: at once if a person reads one of them, four times a second if they are figures of a list.
 * @param isRead the view shows the text of an answer
 */
export function useGrowing({ onChange, version }: GrowingAnswers, isRead: boolean): void {
  const subscribe = useCallback(
    (draw: () => void) => {
      if (isRead) return onChange(draw);
      const drawing = createThrottle(BESIDE_MS, draw);
      const stopListening = onChange(drawing.request);
      return () => {
        stopListening();
        drawing.stop();
      };
    },
    [onChange, isRead],
  );
  useSyncExternalStore(subscribe, version);
}
