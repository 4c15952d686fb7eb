import { expect, it } from 'vitest';
import { playGatewaySessions } from '../../bench/soak/gateway-sessions.js';

it('short sessions with a stdio server leave no process behind, whether clients end them, forget them, or servers crash', async () => {
  expect(await playGatewaySessions(100, 10, '2s')).toMatchObject({ sessions: 100, errors: {}, left: [2, 0] });
});
