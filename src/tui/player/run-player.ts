import type { Speed } from '../../mcp/replay/clock.js';
import type { IndexedTape } from '../../mcp/replay/indexed-tape.js';
import { runAlone } from '../alone.js';
import { themeOf } from '../panel/theme.js';
import { createPlayer } from './create-player.js';
import { Playback } from './playback.js';

export interface PlayerOptions {
  speed: Speed;
  /** It begins paused. */
  isStepped: boolean;
  mouse: boolean;
}

/** Plays a tape on the terminal, until the person leaves it. It closes the tape. */
export async function runPlayer(tape: IndexedTape, { speed, isStepped, mouse }: PlayerOptions): Promise<void> {
  const playback = new Playback(tape, { speed });
  const player = createPlayer(playback, { theme: themeOf(process.env) });
  if (!isStepped) playback.toggle();
  await runAlone(player, { mouse });
}
