import { isInTmux } from '../../wrap/layout.js';
import { otherPaneKeys } from '../../wrap/tmux-keys.js';

/** Inside tmux the panel of the demo is a pane of its own: how to get there. Null where it is beside the command. */
export async function keysToPanel(): Promise<string | null> {
  return isInTmux(process.env) ? ((await otherPaneKeys()) ?? 'tmux') : null;
}
