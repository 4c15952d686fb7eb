import { NEW, NEWEST, type Place, REMINDER, type RuleContext, rule, type TextRule, through, upTo } from './rule.js';

/** Older models get it at the tail of the result that it arrived with. */
const PEER: readonly Place[] = ['peer', 'message', 'reminder', 'tail'];

/** Messages of other sessions and agents, and of the user while the model works. */
export const PEER_RULES: readonly TextRule[] = [
  rule(
    'peer-frame',
    /(?:Another Claude session|A peer session|The coordinator|Your background observer|The [^\n]{1,80} plugin) (?:\([^()\n]{1,80}\) )?sent (?:a message|a report)[^\n]*(?:\n|$)/y,
    PEER,
    NEWEST,
    { ...REMINDER, reach: 'listing' },
  ),
  rule('agent-message', /<agent-message (?:[^>\n]{1,200} )?from="([^"\n]*)"/y, PEER, NEWEST, {
    onlyWithin: ['peer-frame', 'agent-message', 'teammate-message'],
    resumes: true,
    source: ([, id = ''], context, place) => peerSource(id, context, place),
    part: 'result',
    reach: through('\n</agent-message>'),
  }),
  rule('teammate-message', /<teammate-message (?:[^>\n]{1,200} )?teammate_id="([^"\n]*)"/y, PEER, NEWEST, {
    onlyWithin: ['peer-frame', 'agent-message', 'teammate-message'],
    resumes: true,
    source: ([, id = ''], context, place) => peerSource(id, context, place),
    part: 'result',
    reach: through('\n</teammate-message>'),
  }),
  // Older versions have no line that introduces it: then only an agent that a call has started counts.
  rule('bare-teammate-message', /<teammate-message (?:[^>\n]{1,200} )?teammate_id="([^"\n]*)"/y, ['peer'], NEW, {
    source: ([, id = ''], context) => context.agentSource(id),
    part: 'result',
    reach: through('\n</teammate-message>'),
  }),
  rule('queued-message', /The user sent a new message while you were working:\n/y, PEER, NEWEST, {
    heading: true,
    source: 'user',
    part: 'text',
    reach: upTo('\n\nThis is how Claude Code surfaces'),
  }),
  rule(
    'peer-end',
    /This is how Claude Code surfaces|This came from another Claude session|That "other Claude session" |IMPORTANT: This is NOT from your user|This is from another Claude session|Address this before completing |IMPORTANT: After completing your current task/y,
    PEER,
    NEWEST,
    { ...REMINDER, within: ['agent-message', 'teammate-message', 'queued-message'] },
  ),
];

/**
 * The sender of a message. An unknown teammate is called by its name, as the team's lead is in an agent's own requests.
 * Behind a result only agents that a call has started count.
 */
function peerSource(id: string, context: RuleContext, place: Place): string | null {
  const known = context.agentSource(id);
  if (known !== null || place === 'tail') return known;
  return /^[\w.-]{1,64}$/.test(id) && !/^a?[0-9a-f]{16}$/.test(id) ? `agent:${id}` : 'unknown';
}
