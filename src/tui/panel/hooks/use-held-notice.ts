import { type Dispatch, useEffect, useRef } from 'react';
import type { PausedMessage, PauseId } from '../../../model/paused-message.js';
import { printableLine } from '../../../text/text.js';
import { heldName } from '../lines/rule-notes.js';
import type { Action } from '../state/reducer.js';

/** Announces each message that a rule begins to hold, in every view: it waits for a person. */
export function useHeldNotice(held: readonly PausedMessage[], dispatch: Dispatch<Action>): void {
  const said = useRef<ReadonlySet<PauseId>>(new Set());
  useEffect(() => {
    const news = held.filter(({ id }) => !said.current.has(id));
    said.current = new Set(held.map(({ id }) => id));
    const [first] = news;
    if (first === undefined) return;
    const alert = first.alerts.length === 0 ? '' : ` (${printableLine(first.alerts.join('; '))})`;
    const text = `The rule ${printableLine(first.rule)} paused a message: ${heldName(first)}${alert}. r lets it pass.`;
    dispatch({ type: 'notice', notice: { tone: 'warn', text } });
  }, [held, dispatch]);
}
