import { useSyncExternalStore } from 'react';
import type { PanelData } from '../data/panel-data.js';

/** Another number whenever there may be something new to read. */
export function useVersion(data: PanelData): number {
  return useSyncExternalStore(data.onChange, data.version);
}
