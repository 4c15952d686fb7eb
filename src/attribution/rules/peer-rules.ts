import { NEW, NEWEST } from './rule-places.js';
import type { Place, RuleContext, TextRule } from './rules.js';

/** Older models get it at the tail of the result that it came beside. */
const PEER: readonly Place[] = ['peer', 'message', 'reminder', 'tail'];

/** Rows for what other sessions and agents say, and for what a person says while the model works. */
export const PEER_RULES: readonly TextRule[] = [
  {
    id: 'peer-frame',
    marker:
      /(?:Another Claude session|A peer session|The coordinator|Your background observer|The [^\n]{1,80} plugin) (?:\([^()\n]{1,80}\) )?sent (?:a message|a report)[^\n]*(?:\n|$)/y,
    places: PEER,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: NEWEST,
  },
  {
    id: 'agent-message',
    marker: /<agent-message (?:[^>\n]{1,200} )?from="([^"\n]*)"/y,
    places: PEER,
    within: ['peer-frame', 'agent-message', 'teammate-message'],
    onlyWithin: true,
    resumes: true,
    source: ([, id = ''], context, place) => peerSource(id, context, place),
    part: 'result',
    extent: { reach: 'until', phrase: '\n</agent-message>', included: true },
    seen: NEWEST,
  },
  {
    id: 'teammate-message',
    marker: /<teammate-message (?:[^>\n]{1,200} )?teammate_id="([^"\n]*)"/y,
    places: PEER,
    within: ['peer-frame', 'agent-message', 'teammate-message'],
    onlyWithin: true,
    resumes: true,
    source: ([, id = ''], context, place) => peerSource(id, context, place),
    part: 'result',
    extent: { reach: 'until', phrase: '\n</teammate-message>', included: true },
    seen: NEWEST,
  },
  {
    // Older versions have no line that introduces it: then only an agent is believed that a call has started.
    id: 'bare-teammate-message',
    marker: /<teammate-message (?:[^>\n]{1,200} )?teammate_id="([^"\n]*)"/y,
    places: ['peer'],
    source: ([, id = ''], context) => context.agentSource(id),
    part: 'result',
    extent: { reach: 'until', phrase: '\n</teammate-message>', included: true },
    seen: NEW,
  },
  {
    id: 'queued-message',
    marker: /The user sent a new message while you were working:\n/y,
    places: PEER,
    heading: true,
    source: () => 'user',
    part: 'text',
    extent: { reach: 'until', phrase: '\n\nThis is how Claude Code surfaces', included: false },
    seen: NEWEST,
  },
  {
    id: 'peer-end',
    marker:
      /This is how Claude Code surfaces|This came from another Claude session|That "other Claude session" |IMPORTANT: This is NOT from your user|This is from another Claude session|Address this before completing |IMPORTANT: After completing your current task/y,
    places: PEER,
    within: ['agent-message', 'teammate-message', 'queued-message'],
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: NEWEST,
  },
];

/**
 * A teammate that nothing else is known of has its name. In an agent's own requests the lead gives it its task. Behind a result
 * only those that a call started are believed.
 */
function peerSource(id: string, context: RuleContext, place: Place): string | null {
  const known = context.agentSource(id);
  if (known !== null || place === 'tail') return known;
  return /^[\w.-]{1,64}$/.test(id) && !/^a?[0-9a-f]{16}$/.test(id) ? `agent:${id}` : 'unknown';
}
