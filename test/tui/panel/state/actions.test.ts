import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../../src/tui/panel/state/actions.js';

describe('the actions of the panel', () => {
  it('have names and keys of their own', () => {
    const names = ACTIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const keys = ACTIONS.flatMap((action) => action.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
