import { expect, it } from 'vitest';
import { writeOut } from '../../../src/text/output/stdout.js';

it('leaves no listener behind, however often it writes', async () => {
  const before = process.stdout.listenerCount('error');
  for (let write = 0; write < 3; write++) await writeOut('');
  expect(process.stdout.listenerCount('error')).toBe(before);
});
