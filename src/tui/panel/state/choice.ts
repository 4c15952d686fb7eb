import type { Tone } from '../../../text/style.js';
import type { PanelAction } from './actions.js';

/** What is done when something is chosen. */
export type Offer = Pick<PanelAction, 'intent' | 'needs'>;

/** A row that a prompt offers. */
export interface Choice extends Offer {
  name: string;
  /** In the columns beside the name. */
  figures: readonly string[];
  tone?: Tone | undefined;
}
