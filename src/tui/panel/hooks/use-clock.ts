import { useEffect, useState } from 'react';

const TICK_MS = 1_000;

/** The time of this frame. @param ticking whether a frame a second is needed */
export function useClock(ticking: boolean): Date {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [ticking]);
  return new Date();
}
