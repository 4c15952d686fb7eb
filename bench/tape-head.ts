import type { TapeHead } from '../src/model/tape.js';

/** Of the tapes that are measured. */
export const TAPE_HEAD: TapeHead = {
  tape: 1,
  id: 'tape_01j00000000000000000000000',
  created_at: '2026-01-01T00:00:00.000Z',
  by: 'bench',
  session: null,
  server: { name: 'bench', transport: 'stdio', command: 'bench', url: null },
  client: null,
  protocol: '2025-06-18',
  era: 'legacy',
  tags: [],
};
