import { useEffect, useState } from 'react';

const TICK_MS = 1_000;

/** The time of this frame. While something on the screen grows with time, there is a frame a second. */
export function useClock(ticking: boolean): Date {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [ticking]);
  return new Date();
}
